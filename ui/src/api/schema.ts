/** Generated from the API's OpenAPI description by `make reference`. Do not edit. */

export interface components {
    schemas: {
        /**
         * Aggregations
         * @description Aggregates of the valid rows of a file.
         */
        Aggregations: {
            /** Row Count */
            row_count: number;
            /** Min Value */
            min_value: number | null;
            /** Max Value */
            max_value: number | null;
            /**
             * Per Sensor Count
             * @description Valid rows by sensor, up to 10,000.
             */
            per_sensor_count: {
                [key: string]: number;
            };
        };
        /**
         * Announced
         * @description What was done with a dead letter.
         */
        Announced: {
            /** Letter Id */
            letter_id: string;
            /**
             * Action
             * @enum {string}
             */
            action: "publish" | "replay";
            /**
             * File Id
             * @description The file that is processed again, if that was done.
             */
            file_id: string | null;
        };
        /**
         * Column
         * @description A column of an answer.
         */
        Column: {
            /** Name */
            name: string;
            /**
             * Type
             * @description ClickHouse's type.
             */
            type: string;
        };
        /**
         * ColumnRole
         * @description A column of a file.
         */
        ColumnRole: {
            /** Name */
            name: string;
            /**
             * Role
             * @description null if it is not read.
             */
            role: ("sensor" | "timestamp" | "value" | "quality" | "zone") | null;
        };
        /**
         * CorrectedRow
         * @description An invalid row before and after the changes.
         */
        CorrectedRow: {
            /** File Id */
            file_id: string;
            /** Filename */
            filename: string;
            /** Row */
            row: number;
            /** Line */
            line: number;
            /** Code */
            code: string;
            before: components["schemas"]["RowFields"];
            after: components["schemas"]["RowFields"];
        };
        /**
         * CorrectionPreview
         * @description What a correction would do. `matched` is the sum of the counts after it.
         */
        CorrectionPreview: {
            /**
             * Files
             * @description Files with rows that fit.
             */
            files: number;
            /**
             * Changed Files
             * @description Files with rows that would be corrected.
             */
            changed_files: number;
            /**
             * More Files
             * @description Whether there are more files than were looked at, 10,000; the correction is of all of them.
             */
            more_files: boolean;
            /**
             * Matched
             * @description Invalid rows that fit; of wide files, invalid cells.
             */
            matched: number;
            /**
             * Corrected
             * @description Rows whose faulty cells would all be changed.
             */
            corrected: number;
            /**
             * Unchanged
             * @description Rows that the rule does not change.
             */
            unchanged: number;
            /**
             * Still Invalid
             * @description Rows that change, but not in every faulty cell.
             */
            still_invalid: number;
            /**
             * Corrected Before
             * @description Rows that another file corrects already, or will once it is processed.
             */
            corrected_before: number;
            /**
             * Examples
             * @description The first rows that would be corrected.
             */
            examples: components["schemas"]["CorrectedRow"][];
            /**
             * Left
             * @description The first rows that would stay invalid.
             */
            left: components["schemas"]["CorrectedRow"][];
        };
        /**
         * Counts
         * @description Counts over all files; of a container its members are counted.
         */
        Counts: {
            /** Files */
            files: number;
            /** Waiting */
            waiting: number;
            /** Processed */
            processed: number;
            /** Partial */
            partial: number;
            /** Failed */
            failed: number;
            /** Size Bytes */
            size_bytes: number;
            /** Row Count */
            row_count: number;
            /** Invalid Count */
            invalid_count: number;
            /** Record Count */
            record_count: number;
            /** Missing Count */
            missing_count: number;
            /** Excluded Count */
            excluded_count: number;
            /** Sensor Count */
            sensor_count: number;
            listed: components["schemas"]["ListedCounts"];
        };
        /**
         * CountsOfList
         * @description How many files a list has.
         */
        CountsOfList: {
            /** @description null if there are too many files to count those that fit. */
            counts: components["schemas"]["MatchingCounts"] | null;
        };
        /**
         * DeadLetter
         * @description A message that could not be processed.
         */
        DeadLetter: {
            /** Letter Id */
            letter_id: string;
            /** Topic */
            topic: string;
            /** Partition */
            partition: number;
            /** Offset */
            offset: number;
            /** Code */
            code: string;
            /** Reason */
            reason: string;
            /** Key */
            key: string | null;
            /** Headers */
            headers: {
                [key: string]: string;
            };
            /** Size Bytes */
            size_bytes: number;
            /**
             * Preview
             * @description The first 400 bytes, as UTF-8.
             */
            preview: string;
            /**
             * Received At
             * Format: date-time
             */
            received_at: string;
            /**
             * Announced At
             * @description When it was announced again, if it was.
             */
            announced_at: string | null;
            /**
             * Action
             * @description What announcing it does: publish the message on its topic again, or process the file of its key again.
             * @enum {string}
             */
            action: "publish" | "replay";
        };
        /**
         * DeadLetterCounts
         * @description How many dead letters there are.
         */
        DeadLetterCounts: {
            /** Total */
            total: number;
            /**
             * Not Announced
             * @description Those that were not announced again.
             */
            not_announced: number;
            /** Last Received At */
            last_received_at: string | null;
        };
        /**
         * Delivery
         * @description A message to a webhook.
         */
        Delivery: {
            /**
             * Delivery Id
             * @description `webhook-id` of the message, the same at every attempt.
             */
            delivery_id: string;
            /** Webhook Id */
            webhook_id: string;
            /**
             * Event
             * @enum {string}
             */
            event: "file.processed" | "file.partial" | "file.failed" | "webhook.test";
            state: components["schemas"]["DeliveryState"];
            /** File Id */
            file_id: string | null;
            /** Filename */
            filename: string | null;
            /** Generation */
            generation: number | null;
            /** Attempts */
            attempts: number;
            /**
             * Planned At
             * Format: date-time
             */
            planned_at: string;
            /**
             * Next Attempt At
             * @description null if it is not due any more.
             */
            next_attempt_at: string | null;
            /** Last Attempt At */
            last_attempt_at: string | null;
            /** Response Status */
            response_status: number | null;
            /** Response Ms */
            response_ms: number | null;
            /**
             * Error
             * @description Why the last attempt failed.
             */
            error: string | null;
            /**
             * Payload
             * @description The body of the message.
             */
            payload: {
                [key: string]: unknown;
            };
        };
        /**
         * DeliveryCounts
         * @description How many messages of the last 24 hours are in each state.
         */
        DeliveryCounts: {
            /** Due */
            due: number;
            /** Delivered */
            delivered: number;
            /** Failed */
            failed: number;
        };
        /**
         * DeliveryState
         * @description How far a delivery is: `due` is tried (again), `failed` was given up.
         * @enum {string}
         */
        DeliveryState: "due" | "delivered" | "failed";
        /**
         * Dialect
         * @description How a file was read; of one that is in doubt, what is settled.
         */
        Dialect: {
            /**
             * Settled
             * @description Whether it was read so; if not, it is in doubt.
             */
            settled: boolean;
            layout: components["schemas"]["TextProperty"];
            encoding: components["schemas"]["TextProperty"];
            compression: components["schemas"]["TextProperty"];
            delimiter: components["schemas"]["TextProperty"];
            quote: components["schemas"]["TextProperty"];
            escape: components["schemas"]["TextProperty"];
            comment: components["schemas"]["TextProperty"];
            decimal: components["schemas"]["TextProperty"];
            thousands: components["schemas"]["TextProperty"];
            header: components["schemas"]["FlagProperty"];
            /**
             * First Data Line
             * @description Physical line of the first data record, from 1.
             */
            first_data_line: number | null;
            /** Profile */
            profile: string | null;
            /** Profile Version */
            profile_version: number | null;
            /**
             * Columns
             * @description The first 1,000.
             */
            columns: components["schemas"]["ColumnRole"][];
            /** Column Count */
            column_count: number;
            /** @description Template of the sensor_id. */
            sensor: components["schemas"]["TextProperty"];
            /** @description Columns of the timestamp. */
            timestamp: components["schemas"]["TextsProperty"];
            timestamp_format: components["schemas"]["TextsProperty"];
            timezone: components["schemas"]["TextProperty"];
            /** @description Value columns, the first 1,000. */
            values: components["schemas"]["TextsProperty"];
            missing: components["schemas"]["TextsProperty"];
            /** @description Most invalid rows: a number, or a share such as 5%; null is no limit. */
            max_invalid: components["schemas"]["TextProperty"];
        };
        /**
         * Disk
         * @description A disk that data of the service is on.
         */
        Disk: {
            /** Name */
            name: string;
            /** Free Bytes */
            free_bytes: number;
            /** Total Bytes */
            total_bytes: number;
            /**
             * Full
             * @description Too little is free: uploads are not taken.
             */
            full: boolean;
        };
        /**
         * DryRunDocument
         * @description The result a file would have. No id, upload time or links, because it is not stored.
         */
        DryRunDocument: {
            /** File Id */
            file_id: null;
            /**
             * Status
             * @enum {string}
             */
            status: "waiting" | "processed" | "partial" | "failed";
            /** Upload Time */
            upload_time: null;
            /** Processing Ms */
            processing_ms: number | null;
            /** Filename */
            filename: string;
            /** Size Bytes */
            size_bytes: number;
            /** Sha256 */
            sha256: string;
            /**
             * Generation
             * @description 1, or 2 for a file with the bytes of an earlier one; one more with each replay.
             */
            generation: number;
            /** Sensor Count */
            sensor_count: number | null;
            /** Invalid Count */
            invalid_count: number | null;
            /**
             * Record Count
             * @description Data records.
             */
            record_count: number | null;
            /**
             * Missing Count
             * @description Cells or records without a reading.
             */
            missing_count: number | null;
            /**
             * Excluded Count
             * @description Readings left out by their quality flag, or withheld by `max_invalid`.
             */
            excluded_count: number | null;
            /**
             * Codes
             * @description Invalid rows by code.
             */
            codes: {
                [key: string]: number;
            };
            /**
             * Invalid By Column
             * @description Invalid rows by column; `structure` is the record as a whole.
             */
            invalid_by_column: {
                [key: string]: number;
            };
            /**
             * Corrected Count
             * @description Invalid rows that are valid rows of another file now.
             */
            corrected_count: number;
            /**
             * Mended Count
             * @deprecated
             * @description Former name of `corrected_count`.
             */
            mended_count: number;
            /**
             * Resubmissions
             * @description The files with corrected rows.
             */
            resubmissions: components["schemas"]["Resubmission"][];
            /**
             * Resubmission Of
             * @description The file whose rows this one corrects.
             */
            resubmission_of: string | null;
            /**
             * Duplicate Of
             * @description The earlier file with the same bytes, which counts in its place.
             */
            duplicate_of: string | null;
            /**
             * Raw Removed At
             * @description When a rule of `RETENTION` removed the bytes of the file: it cannot be downloaded, replayed or exported any more.
             */
            raw_removed_at: string | null;
            /**
             * Readings Removed At
             * @description When a rule of `RETENTION` removed the stored readings of the file.
             */
            readings_removed_at: string | null;
            /**
             * Parent Id
             * @description The container that the file is a member of.
             */
            parent_id: string | null;
            /**
             * Container
             * @description Kind of a container, once it is recognised; null for any other file.
             */
            container: ("zip" | "tar" | "workbook") | null;
            /** @description Of a container: its members that are files, in all and by status. */
            members: components["schemas"]["Members"] | null;
            /**
             * Options
             * @description Read options that were set.
             */
            options: {
                [key: string]: unknown;
            };
            /**
             * Profile
             * @description Name of the profile it was read with.
             */
            profile: string | null;
            /**
             * Profile Version
             * @description Version of that profile.
             */
            profile_version: number | null;
            /**
             * Notices
             * @description What was seen in the file and not acted on.
             */
            notices: components["schemas"]["Notice"][];
            /**
             * Suggestions
             * @description If the file is in doubt: ready-made sets of read options.
             */
            suggestions: components["schemas"]["Suggestion"][];
            /** @description How it was read, each property with how it was determined; null until known. */
            dialect: components["schemas"]["Dialect"] | null;
            /**
             * Error
             * @description Why the file failed.
             */
            error: string | null;
            /** @description From where details of invalid rows are not kept; null if all are kept. */
            limit_reached: components["schemas"]["LimitReached"] | null;
            progress: components["schemas"]["Progress"];
            /** @description null unless the file is being replayed. */
            replay: components["schemas"]["Replay"] | null;
            /** Links */
            links: {
                [key: string]: string;
            };
            aggregations: components["schemas"]["Aggregations"] | null;
            /**
             * Invalid Rows
             * @description The first 100.
             */
            invalid_rows: components["schemas"]["InvalidRow"][];
            /** @description If it was asked for. */
            preview?: components["schemas"]["HeadPreview"] | null;
        };
        /**
         * Extent
         * @description Valid rows: how many, the smallest and the largest value.
         */
        Extent: {
            /** Row Count */
            row_count: number;
            /** Min Value */
            min_value: number | null;
            /** Max Value */
            max_value: number | null;
        };
        /**
         * FileDocument
         * @description A file; `aggregations` is null while it waits.
         */
        FileDocument: {
            /** File Id */
            file_id: string;
            /**
             * Status
             * @enum {string}
             */
            status: "waiting" | "processed" | "partial" | "failed";
            /**
             * Upload Time
             * Format: date-time
             */
            upload_time: string;
            /** Processing Ms */
            processing_ms: number | null;
            /** Filename */
            filename: string;
            /** Size Bytes */
            size_bytes: number;
            /** Sha256 */
            sha256: string;
            /**
             * Generation
             * @description 1, or 2 for a file with the bytes of an earlier one; one more with each replay.
             */
            generation: number;
            /** Sensor Count */
            sensor_count: number | null;
            /** Invalid Count */
            invalid_count: number | null;
            /**
             * Record Count
             * @description Data records.
             */
            record_count: number | null;
            /**
             * Missing Count
             * @description Cells or records without a reading.
             */
            missing_count: number | null;
            /**
             * Excluded Count
             * @description Readings left out by their quality flag, or withheld by `max_invalid`.
             */
            excluded_count: number | null;
            /**
             * Codes
             * @description Invalid rows by code.
             */
            codes: {
                [key: string]: number;
            };
            /**
             * Invalid By Column
             * @description Invalid rows by column; `structure` is the record as a whole.
             */
            invalid_by_column: {
                [key: string]: number;
            };
            /**
             * Corrected Count
             * @description Invalid rows that are valid rows of another file now.
             */
            corrected_count: number;
            /**
             * Mended Count
             * @deprecated
             * @description Former name of `corrected_count`.
             */
            mended_count: number;
            /**
             * Resubmissions
             * @description The files with corrected rows.
             */
            resubmissions: components["schemas"]["Resubmission"][];
            /**
             * Resubmission Of
             * @description The file whose rows this one corrects.
             */
            resubmission_of: string | null;
            /**
             * Duplicate Of
             * @description The earlier file with the same bytes, which counts in its place.
             */
            duplicate_of: string | null;
            /**
             * Raw Removed At
             * @description When a rule of `RETENTION` removed the bytes of the file: it cannot be downloaded, replayed or exported any more.
             */
            raw_removed_at: string | null;
            /**
             * Readings Removed At
             * @description When a rule of `RETENTION` removed the stored readings of the file.
             */
            readings_removed_at: string | null;
            /**
             * Parent Id
             * @description The container that the file is a member of.
             */
            parent_id: string | null;
            /**
             * Container
             * @description Kind of a container, once it is recognised; null for any other file.
             */
            container: ("zip" | "tar" | "workbook") | null;
            /** @description Of a container: its members that are files, in all and by status. */
            members: components["schemas"]["Members"] | null;
            /**
             * Options
             * @description Read options that were set.
             */
            options: {
                [key: string]: unknown;
            };
            /**
             * Profile
             * @description Name of the profile it was read with.
             */
            profile: string | null;
            /**
             * Profile Version
             * @description Version of that profile.
             */
            profile_version: number | null;
            /**
             * Notices
             * @description What was seen in the file and not acted on.
             */
            notices: components["schemas"]["Notice"][];
            /**
             * Suggestions
             * @description If the file is in doubt: ready-made sets of read options.
             */
            suggestions: components["schemas"]["Suggestion"][];
            /** @description How it was read, each property with how it was determined; null until known. */
            dialect: components["schemas"]["Dialect"] | null;
            /**
             * Error
             * @description Why the file failed.
             */
            error: string | null;
            /** @description From where details of invalid rows are not kept; null if all are kept. */
            limit_reached: components["schemas"]["LimitReached"] | null;
            progress: components["schemas"]["Progress"];
            /** @description null unless the file is being replayed. */
            replay: components["schemas"]["Replay"] | null;
            /** Links */
            links: {
                [key: string]: string;
            };
            aggregations: components["schemas"]["Aggregations"] | null;
            /**
             * Invalid Rows
             * @description The first 100.
             */
            invalid_rows: components["schemas"]["InvalidRow"][];
        };
        /**
         * FileStatusCounts
         * @description Files by status.
         */
        FileStatusCounts: {
            /** Files */
            files: number;
            /** Waiting */
            waiting: number;
            /** Processed */
            processed: number;
            /** Partial */
            partial: number;
            /** Failed */
            failed: number;
        };
        /**
         * FilesPreview
         * @description How many files a selection has, and the first of them.
         */
        FilesPreview: {
            /** Files */
            files: number;
            /**
             * Examples
             * @description The first names, by file_id.
             */
            examples: string[];
        };
        /**
         * FirstReading
         * @description One of the first readings that a suggestion gives.
         */
        FirstReading: {
            /** Sensor Id */
            sensor_id: string;
            /**
             * Timestamp
             * @description ISO 8601 in UTC.
             */
            timestamp: string;
            /** Value */
            value: number;
        };
        /**
         * FlagProperty
         * @description A property of how a file was read: yes or no; null if it is not settled.
         */
        FlagProperty: {
            /**
             * Source
             * @description How it was determined; null if the file is in doubt and this is not settled.
             */
            source: ("option" | "profile" | "header" | "content" | "default") | null;
            /** Value */
            value: boolean | null;
        };
        /**
         * HeadPreview
         * @description What a file begins with.
         */
        HeadPreview: {
            /**
             * Columns
             * @description The first 1,000; without roles if in doubt.
             */
            columns: components["schemas"]["ColumnRole"][];
            /**
             * Records
             * @description Cells of the first data records, as text.
             */
            records: string[][];
            /**
             * Readings
             * @description The first ones.
             */
            readings: components["schemas"]["FirstReading"][];
        };
        /**
         * InvalidCode
         * @description Code of a fault. The order is the one in which the first fault of a row is chosen.
         * @enum {string}
         */
        InvalidCode: "missing_fields" | "extra_fields" | "bad_quote" | "quote_not_closed" | "record_too_long" | "sensor_id_empty" | "sensor_id_too_long" | "sensor_id_control_character" | "sensor_id_encoding" | "timestamp_empty" | "timestamp_format" | "timestamp_range" | "timestamp_skipped_hour" | "timestamp_repeated_hour" | "timestamp_zone" | "value_empty" | "value_format" | "value_not_finite";
        /**
         * InvalidRow
         * @description An invalid row.
         */
        InvalidRow: {
            /**
             * Row
             * @description Number of the data record, from 1.
             */
            row: number;
            /**
             * Line
             * @description Physical line it begins on, from 1.
             */
            line: number;
            /**
             * Byte
             * @description Byte offset in the file, from 0.
             */
            byte: number;
            /**
             * Column
             * @description sensor_id, timestamp, value, or null: its structure.
             */
            column: string | null;
            /** @description Of the first fault. */
            code: components["schemas"]["InvalidCode"];
            /**
             * Error
             * @description Names every fault, what was seen and what was expected.
             */
            error: string;
            /**
             * Raw
             * @description The original row.
             */
            raw: string;
            /**
             * Truncated
             * @description Whether `raw` is cut off.
             */
            truncated: boolean;
            /**
             * Cells
             * @description Cells it cost: several if a record of a wide file is invalid.
             */
            cells: number;
            /**
             * Observed
             * @description The text that the first fault is about.
             */
            observed: string | null;
            /**
             * Span Start
             * @description Where `observed` begins in `raw`, in characters.
             */
            span_start: number | null;
            /**
             * Span End
             * @description End of `observed` in `raw`.
             */
            span_end: number | null;
            /**
             * File Id
             * @description Of a container only: the member that the row is of.
             * @default
             */
            file_id: string;
            /**
             * Member
             * @description Of a container only: the member's name in it.
             * @default
             */
            member: string;
        };
        /**
         * LimitReached
         * @description A limit that bears on what is shown of a file.
         */
        LimitReached: {
            /**
             * Code
             * @constant
             */
            code: "too_many_invalid_rows";
            /**
             * Through Row
             * @description Details of invalid rows are kept up to this row.
             */
            through_row: number;
            /** Reason */
            reason: string;
        };
        /**
         * ListedCounts
         * @description Files by the status that the list of files shows: containers in place of their members.
         */
        ListedCounts: {
            /** Files */
            files: number;
            /** Waiting */
            waiting: number;
            /** Processed */
            processed: number;
            /** Partial */
            partial: number;
            /** Failed */
            failed: number;
        };
        /**
         * ListedFile
         * @description A file as lists show it.
         */
        ListedFile: {
            /** File Id */
            file_id: string;
            /**
             * Status
             * @enum {string}
             */
            status: "waiting" | "processed" | "partial" | "failed";
            /**
             * Upload Time
             * Format: date-time
             */
            upload_time: string;
            /** Processing Ms */
            processing_ms: number | null;
            /** Filename */
            filename: string;
            /** Size Bytes */
            size_bytes: number;
            /** Sha256 */
            sha256: string;
            /**
             * Generation
             * @description 1, or 2 for a file with the bytes of an earlier one; one more with each replay.
             */
            generation: number;
            /** Sensor Count */
            sensor_count: number | null;
            /** Invalid Count */
            invalid_count: number | null;
            /**
             * Record Count
             * @description Data records.
             */
            record_count: number | null;
            /**
             * Missing Count
             * @description Cells or records without a reading.
             */
            missing_count: number | null;
            /**
             * Excluded Count
             * @description Readings left out by their quality flag, or withheld by `max_invalid`.
             */
            excluded_count: number | null;
            /**
             * Codes
             * @description Invalid rows by code.
             */
            codes: {
                [key: string]: number;
            };
            /**
             * Invalid By Column
             * @description Invalid rows by column; `structure` is the record as a whole.
             */
            invalid_by_column: {
                [key: string]: number;
            };
            /**
             * Corrected Count
             * @description Invalid rows that are valid rows of another file now.
             */
            corrected_count: number;
            /**
             * Mended Count
             * @deprecated
             * @description Former name of `corrected_count`.
             */
            mended_count: number;
            /**
             * Resubmissions
             * @description The files with corrected rows.
             */
            resubmissions: components["schemas"]["Resubmission"][];
            /**
             * Resubmission Of
             * @description The file whose rows this one corrects.
             */
            resubmission_of: string | null;
            /**
             * Duplicate Of
             * @description The earlier file with the same bytes, which counts in its place.
             */
            duplicate_of: string | null;
            /**
             * Raw Removed At
             * @description When a rule of `RETENTION` removed the bytes of the file: it cannot be downloaded, replayed or exported any more.
             */
            raw_removed_at: string | null;
            /**
             * Readings Removed At
             * @description When a rule of `RETENTION` removed the stored readings of the file.
             */
            readings_removed_at: string | null;
            /**
             * Parent Id
             * @description The container that the file is a member of.
             */
            parent_id: string | null;
            /**
             * Container
             * @description Kind of a container, once it is recognised; null for any other file.
             */
            container: ("zip" | "tar" | "workbook") | null;
            /** @description Of a container: its members that are files, in all and by status. */
            members: components["schemas"]["Members"] | null;
            /**
             * Options
             * @description Read options that were set.
             */
            options: {
                [key: string]: unknown;
            };
            /**
             * Profile
             * @description Name of the profile it was read with.
             */
            profile: string | null;
            /**
             * Profile Version
             * @description Version of that profile.
             */
            profile_version: number | null;
            /**
             * Notices
             * @description What was seen in the file and not acted on.
             */
            notices: components["schemas"]["Notice"][];
            /**
             * Suggestions
             * @description If the file is in doubt: ready-made sets of read options.
             */
            suggestions: components["schemas"]["Suggestion"][];
            /** @description How it was read, each property with how it was determined; null until known. */
            dialect: components["schemas"]["Dialect"] | null;
            /**
             * Error
             * @description Why the file failed.
             */
            error: string | null;
            /** @description From where details of invalid rows are not kept; null if all are kept. */
            limit_reached: components["schemas"]["LimitReached"] | null;
            progress: components["schemas"]["Progress"];
            /** @description null unless the file is being replayed. */
            replay: components["schemas"]["Replay"] | null;
            /** Links */
            links: {
                [key: string]: string;
            };
            aggregations: components["schemas"]["Extent"] | null;
        };
        /**
         * ListedInvalidRow
         * @description An invalid row with its cells as the CSV export has them.
         */
        ListedInvalidRow: {
            /**
             * Row
             * @description Number of the data record, from 1.
             */
            row: number;
            /**
             * Line
             * @description Physical line it begins on, from 1.
             */
            line: number;
            /**
             * Byte
             * @description Byte offset in the file, from 0.
             */
            byte: number;
            /**
             * Column
             * @description sensor_id, timestamp, value, or null: its structure.
             */
            column: string | null;
            /** @description Of the first fault. */
            code: components["schemas"]["InvalidCode"];
            /**
             * Error
             * @description Names every fault, what was seen and what was expected.
             */
            error: string;
            /**
             * Raw
             * @description The original row.
             */
            raw: string;
            /**
             * Truncated
             * @description Whether `raw` is cut off.
             */
            truncated: boolean;
            /**
             * Cells
             * @description Cells it cost: several if a record of a wide file is invalid.
             */
            cells: number;
            /**
             * Observed
             * @description The text that the first fault is about.
             */
            observed: string | null;
            /**
             * Span Start
             * @description Where `observed` begins in `raw`, in characters.
             */
            span_start: number | null;
            /**
             * Span End
             * @description End of `observed` in `raw`.
             */
            span_end: number | null;
            /**
             * File Id
             * @description Of a container only: the member that the row is of.
             * @default
             */
            file_id: string;
            /**
             * Member
             * @description Of a container only: the member's name in it.
             * @default
             */
            member: string;
            /**
             * Cell
             * @description Of several invalid cells of a row: which one, from 0.
             */
            cell: number;
            /** @description What a resubmission is compared with. */
            fields: components["schemas"]["RowFields"];
            /** @description null if no file corrects it. */
            correction: components["schemas"]["RowCorrection"] | null;
        };
        /**
         * Live
         * @description Whether the process is healthy.
         */
        Live: {
            /**
             * Status
             * @enum {string}
             */
            status: "live" | "not live";
            /**
             * Version
             * @description Version of the product.
             */
            version: string;
            /**
             * Lost Tasks
             * @description Background tasks that fail again and again, with the last failure of each.
             * @default {}
             */
            lost_tasks: {
                [key: string]: string;
            };
        };
        /**
         * MatchingCounts
         * @description Files of a list by status, whichever status the list is limited to.
         */
        MatchingCounts: {
            /** Files */
            files: number;
            /** Waiting */
            waiting: number;
            /** Processed */
            processed: number;
            /** Partial */
            partial: number;
            /** Failed */
            failed: number;
            /**
             * More
             * @description There may be more: the counts are lower bounds.
             */
            more: boolean;
        };
        /**
         * Members
         * @description How many members of a container are files, and how many have each status.
         */
        Members: {
            /** Total */
            total: number;
            /** Waiting */
            waiting: number;
            /** Processed */
            processed: number;
            /** Partial */
            partial: number;
            /** Failed */
            failed: number;
        };
        /**
         * Notice
         * @description One notice about a file.
         */
        Notice: {
            code: components["schemas"]["NoticeCode"];
            /** Count */
            count?: number | null;
            /** First Row */
            first_row?: number | null;
            /** Message */
            message: string;
            /** Suggestion */
            suggestion?: string | null;
            /**
             * File Ids
             * @default []
             */
            file_ids: string[];
            /**
             * Lower Bound
             * @default false
             */
            lower_bound: boolean;
        };
        /**
         * NoticeCode
         * @description Code of a notice.
         * @enum {string}
         */
        NoticeCode: "sentinel" | "future" | "id_e_notation" | "repeated" | "times_go_back" | "local_zone" | "several_quantities" | "encoding" | "overlap";
        /**
         * Operation
         * @description An operation on many files.
         */
        Operation: {
            /** Id */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "correction" | "reprocessing";
            /**
             * Status
             * @description `running` or `done`.
             */
            status: string;
            /**
             * Requested At
             * Format: date-time
             */
            requested_at: string;
            /** Ended At */
            ended_at: string | null;
            /**
             * Request
             * @description What was asked for.
             */
            request: {
                [key: string]: unknown;
            };
            /** Files */
            files: number;
            /** Files Done */
            files_done: number;
            /**
             * Results
             * @description Files by what became of them: corrected, reprocessing, nothing_to_do, rejected.
             */
            results: {
                [key: string]: number;
            };
            /**
             * Corrected
             * @description Invalid rows that were corrected in new files.
             */
            corrected: number;
            /**
             * Unchanged
             * @description Invalid rows that no change fitted.
             */
            unchanged: number;
            /**
             * Rejected
             * @description Invalid rows that could not be corrected.
             */
            rejected: number;
            /** Links */
            links: {
                [key: string]: string;
            };
        };
        /**
         * OperationFile
         * @description What became of a file of an operation.
         */
        OperationFile: {
            /** File Id */
            file_id: string;
            /** Filename */
            filename: string;
            /**
             * Result
             * @enum {string}
             */
            result: "corrected" | "reprocessing" | "nothing_to_do" | "rejected";
            /**
             * Detail
             * @description Why it was rejected; else empty.
             */
            detail: string;
            /**
             * New File Id
             * @description The file of its corrected rows; empty if there is none.
             */
            new_file_id: string;
            /** Corrected */
            corrected: number;
            /** Unchanged */
            unchanged: number;
            /** Rejected */
            rejected: number;
        };
        /** Page[DeadLetter] */
        Page_DeadLetter_: {
            /** Items */
            items: components["schemas"]["DeadLetter"][];
            /**
             * Next Cursor
             * @description For the next page; null at the end.
             */
            next_cursor: string | null;
        };
        /** Page[Delivery] */
        Page_Delivery_: {
            /** Items */
            items: components["schemas"]["Delivery"][];
            /**
             * Next Cursor
             * @description For the next page; null at the end.
             */
            next_cursor: string | null;
        };
        /** Page[ListedFile] */
        Page_ListedFile_: {
            /** Items */
            items: components["schemas"]["ListedFile"][];
            /**
             * Next Cursor
             * @description For the next page; null at the end.
             */
            next_cursor: string | null;
        };
        /** Page[ListedInvalidRow] */
        Page_ListedInvalidRow_: {
            /** Items */
            items: components["schemas"]["ListedInvalidRow"][];
            /**
             * Next Cursor
             * @description For the next page; null at the end.
             */
            next_cursor: string | null;
        };
        /** Page[OperationFile] */
        Page_OperationFile_: {
            /** Items */
            items: components["schemas"]["OperationFile"][];
            /**
             * Next Cursor
             * @description For the next page; null at the end.
             */
            next_cursor: string | null;
        };
        /** Page[Operation] */
        Page_Operation_: {
            /** Items */
            items: components["schemas"]["Operation"][];
            /**
             * Next Cursor
             * @description For the next page; null at the end.
             */
            next_cursor: string | null;
        };
        /** Page[Profile] */
        Page_Profile_: {
            /** Items */
            items: components["schemas"]["Profile"][];
            /**
             * Next Cursor
             * @description For the next page; null at the end.
             */
            next_cursor: string | null;
        };
        /** Page[SensorInFile] */
        Page_SensorInFile_: {
            /** Items */
            items: components["schemas"]["SensorInFile"][];
            /**
             * Next Cursor
             * @description For the next page; null at the end.
             */
            next_cursor: string | null;
        };
        /** Page[SensorResult] */
        Page_SensorResult_: {
            /** Items */
            items: components["schemas"]["SensorResult"][];
            /**
             * Next Cursor
             * @description For the next page; null at the end.
             */
            next_cursor: string | null;
        };
        /** Page[SensorTotals] */
        Page_SensorTotals_: {
            /** Items */
            items: components["schemas"]["SensorTotals"][];
            /**
             * Next Cursor
             * @description For the next page; null at the end.
             */
            next_cursor: string | null;
        };
        /** Page[SourceTotals] */
        Page_SourceTotals_: {
            /** Items */
            items: components["schemas"]["SourceTotals"][];
            /**
             * Next Cursor
             * @description For the next page; null at the end.
             */
            next_cursor: string | null;
        };
        /** Page[Webhook] */
        Page_Webhook_: {
            /** Items */
            items: components["schemas"]["Webhook"][];
            /**
             * Next Cursor
             * @description For the next page; null at the end.
             */
            next_cursor: string | null;
        };
        /**
         * Part
         * @description One thing the process needs: a service, or another check.
         */
        Part: {
            /** Ready */
            ready: boolean;
            /**
             * Required
             * @description Whether uploads cannot be taken without it.
             */
            required: boolean;
            /**
             * Reason
             * @description Why it is not ready.
             */
            reason: string | null;
            /**
             * Detail
             * @description More of what is ready: how many workers.
             */
            detail: string | null;
        };
        /**
         * Preview
         * @description A page of what a change of a profile does to earlier files.
         */
        Preview: {
            /**
             * Items
             * @description Those that would be read differently.
             */
            items: components["schemas"]["PreviewedFile"][];
            /**
             * Next Cursor
             * @description For the files before these; null at the end.
             */
            next_cursor: string | null;
            /**
             * Checked
             * @description Files of this page.
             */
            checked: number;
            /**
             * Differing
             * @description Those of them that would be read differently.
             */
            differing: number;
            /**
             * Unreadable
             * @description Those whose raw bytes are gone.
             */
            unreadable: number;
            totals: components["schemas"]["PreviewTotals"];
        };
        /**
         * PreviewSums
         * @description Over the files of the page that were counted and would be read differently.
         */
        PreviewSums: {
            /** Row Count */
            row_count: number;
            /** Invalid Count */
            invalid_count: number;
        };
        /**
         * PreviewTotals
         * @description PreviewSums before and after the change.
         */
        PreviewTotals: {
            old: components["schemas"]["PreviewSums"];
            new: components["schemas"]["PreviewSums"];
        };
        /**
         * PreviewedFile
         * @description A file that would be read differently.
         */
        PreviewedFile: {
            /** File Id */
            file_id: string;
            /** Filename */
            filename: string;
            /**
             * Profile
             * @description The profile that it was read with.
             */
            profile: string | null;
            /** Profile Version */
            profile_version: number | null;
            /**
             * Would Be Profile
             * @description The profile that it would be read with.
             */
            would_be_profile: string | null;
            /**
             * Changes
             * @description Properties of its `dialect` that change.
             */
            changes: {
                [key: string]: components["schemas"]["PropertyChange"];
            };
            old: components["schemas"]["ReadCounts"];
            /** @description null if the file is too large to be counted here. */
            new: components["schemas"]["ReadCounts"] | null;
        };
        /**
         * Profile
         * @description Saved read options, and the files that they are for.
         */
        Profile: {
            /** Name */
            name: string;
            /**
             * Version
             * @description Counts from 1; each change is one more.
             */
            version: number;
            /**
             * Built In
             * @description Whether it is a maker's format that comes with the product.
             */
            built_in: boolean;
            /** Deleted */
            deleted: boolean;
            /**
             * Title
             * @description For people.
             */
            title: string;
            /**
             * Source
             * @description Where a maker documents the format; built-in only.
             */
            source: string | null;
            match: components["schemas"]["ProfileMatch"];
            /**
             * Options
             * @description Read options by name; lists for repeated ones.
             */
            options: {
                [key: string]: unknown;
            };
            /**
             * Changed At
             * @description null if it is built-in.
             */
            changed_at: string | null;
            /**
             * Changed By
             * @description Id of the API key; null without one.
             */
            changed_by: string | null;
            /** Links */
            links: {
                [key: string]: string;
            };
        };
        /**
         * ProfileMatch
         * @description What files of a profile are like. All conditions hold; of several texts in one, any does,
         *     but for `header` and `lines`, which need all of theirs. Without a condition the profile is
         *     used by its name only.
         */
        ProfileMatch: {
            /**
             * Filename
             * @description Globs of the file name without folders, in any case: `*`, `?`, `[0-9]`.
             * @default []
             * @example [
             *       "klima-*.csv"
             *     ]
             */
            filename: string[];
            /**
             * Header
             * @description Names that one line at the beginning of the file has, in any order and case.
             * @default []
             * @example [
             *       "Zeitstempel",
             *       "Messwert"
             *     ]
             */
            header: string[];
            /**
             * Exact
             * @description The line with the names has no others.
             * @default false
             */
            exact: boolean;
            /**
             * Lines
             * @description Regular expressions (RE2), each found in one of the first 100 lines.
             * @default []
             * @example [
             *       "^Logger: KL-"
             *     ]
             */
            lines: string[];
            /**
             * Api Key
             * @description Ids of API keys; files that were uploaded with one of them.
             * @default []
             * @example [
             *       "3f2a9c01b7de"
             *     ]
             */
            api_key: string[];
            /**
             * Topic
             * @description Topics; files that were announced there.
             * @default []
             * @example [
             *       "files.inline"
             *     ]
             */
            topic: ("files.announced" | "files.inline" | "files.notifications")[];
            /**
             * Object Prefix
             * @description Beginnings of BUCKET/KEY of objects that were announced or dropped.
             * @default []
             * @example [
             *       "inbox/klima-nord/"
             *     ]
             */
            object_prefix: string[];
        };
        /**
         * Progress
         * @description How far a file is.
         */
        Progress: {
            /** Batches Done */
            batches_done: number;
            /**
             * Batches Total
             * @description null until the file is cut to its end.
             */
            batches_total: number | null;
            /**
             * Rows Done
             * @description Valid and invalid rows of the batches done.
             */
            rows_done: number;
        };
        /**
         * PropertyChange
         * @description A property of how a file is read.
         */
        PropertyChange: {
            /**
             * Old
             * @description null if the file could not be read.
             */
            old: unknown;
            /** New */
            new: unknown;
        };
        /**
         * QueryResult
         * @description The rows of a query.
         */
        QueryResult: {
            /** Columns */
            columns: components["schemas"]["Column"][];
            /**
             * Rows
             * @description Values in the order of columns. 64-bit integers are texts, as JSON has none.
             */
            rows: unknown[][];
            /**
             * Truncated
             * @description The query has more rows than `limit`.
             */
            truncated: boolean;
            /** Seconds */
            seconds: number;
            /** Rows Read */
            rows_read: number;
            /** Bytes Read */
            bytes_read: number;
        };
        /**
         * ReadCounts
         * @description Counts and totals of a file, as it was read or as it would be.
         */
        ReadCounts: {
            /**
             * Status
             * @enum {string}
             */
            status: "waiting" | "processed" | "partial" | "failed";
            /** Error */
            error: string | null;
            /** Row Count */
            row_count: number | null;
            /** Invalid Count */
            invalid_count: number | null;
            /** Sensor Count */
            sensor_count: number | null;
            /** Min Value */
            min_value: number | null;
            /** Max Value */
            max_value: number | null;
        };
        /**
         * ReadingInterval
         * @description Aggregates of the readings of an interval.
         */
        ReadingInterval: {
            /**
             * Timestamp
             * Format: date-time
             * @description Start of the interval.
             */
            timestamp: string;
            /** Row Count */
            row_count: number;
            /** Min Value */
            min_value: number;
            /** Max Value */
            max_value: number;
            /**
             * Mean Value
             * @description null if the sum is not finite.
             */
            mean_value: number | null;
        };
        /**
         * Readings
         * @description Readings over time; range and interval are null if there are none.
         */
        Readings: {
            /**
             * Sensor Id
             * @description null: all sensors.
             */
            sensor_id: string | null;
            /** From */
            from: string | null;
            /**
             * To
             * @description The exclusive end of the range.
             */
            to: string | null;
            /** Interval Seconds */
            interval_seconds: number | null;
            /**
             * Items
             * @description Intervals that have readings, in order.
             */
            items: components["schemas"]["ReadingInterval"][];
        };
        /**
         * Ready
         * @description Whether uploads can be taken.
         */
        Ready: {
            /**
             * Status
             * @description `degraded`: uploads are taken, but a part fails that is not required.
             * @enum {string}
             */
            status: "ready" | "degraded" | "not ready";
            /** Parts */
            parts: {
                [key: string]: components["schemas"]["Part"];
            };
        };
        /**
         * Refusal
         * @description A resubmitted row that was rejected.
         */
        Refusal: {
            /**
             * Line
             * @description Line of the request body.
             */
            line: number;
            /**
             * Row
             * @description Content of its column `row`.
             */
            row: string;
            /**
             * Code
             * @enum {string}
             */
            code: "no_number" | "twice" | "not_invalid" | "already_corrected" | "waiting" | "cut_off" | "still_invalid";
            /** Reason */
            reason: string;
        };
        /**
         * RemovableByRule
         * @description What a rule would remove now.
         */
        RemovableByRule: {
            /**
             * Rule
             * @description The rule, as it is written in `RETENTION`.
             */
            rule: string;
            /**
             * What
             * @enum {string}
             */
            what: "raw" | "readings" | "results";
            /**
             * Age Seconds
             * @description The age that it asks for; null for `never`.
             */
            age_seconds: number | null;
            /**
             * Files
             * @description Files, members of containers left out.
             */
            files: number;
            /**
             * Members
             * @description Members of these files.
             */
            members: number;
            /**
             * Size Bytes
             * @description Raw bytes of both that go.
             */
            size_bytes: number;
            /**
             * Row Count
             * @description Valid rows whose results or stored readings go.
             */
            row_count: number;
            /**
             * First
             * @description The files that were uploaded first.
             */
            first: components["schemas"]["RemovableFile"][];
        };
        /**
         * RemovableFile
         * @description A file that something would be removed of.
         */
        RemovableFile: {
            /** File Id */
            file_id: string;
            /** Filename */
            filename: string;
            /**
             * Upload Time
             * Format: date-time
             */
            upload_time: string;
        };
        /**
         * Replay
         * @description The generation that will take the place of what is shown.
         */
        Replay: {
            /** Generation */
            generation: number;
            /**
             * Requested At
             * Format: date-time
             */
            requested_at: string;
            progress: components["schemas"]["Progress"];
        };
        /**
         * Reprocessing
         * @description A known file is read again, because it was uploaded with other read options.
         */
        Reprocessing: {
            /**
             * Generation
             * @description The one that is read with the options of this upload.
             */
            generation: number;
            /** Message */
            message: string;
        };
        /**
         * Resubmission
         * @description A file of corrected invalid rows.
         */
        Resubmission: {
            /** File Id */
            file_id: string;
            /**
             * Corrected Count
             * @description How many invalid rows it corrects.
             */
            corrected_count: number;
            /**
             * Mended Count
             * @deprecated
             * @description Former name of `corrected_count`.
             */
            mended_count: number;
        };
        /**
         * ResubmittedFile
         * @description A file of corrected rows, as the call that creates it returns it.
         */
        ResubmittedFile: {
            /** File Id */
            file_id: string;
            /**
             * Status
             * @enum {string}
             */
            status: "waiting" | "processed" | "partial" | "failed";
            /**
             * Upload Time
             * Format: date-time
             */
            upload_time: string;
            /** Processing Ms */
            processing_ms: number | null;
            /** Filename */
            filename: string;
            /** Size Bytes */
            size_bytes: number;
            /** Sha256 */
            sha256: string;
            /**
             * Generation
             * @description 1, or 2 for a file with the bytes of an earlier one; one more with each replay.
             */
            generation: number;
            /** Sensor Count */
            sensor_count: number | null;
            /** Invalid Count */
            invalid_count: number | null;
            /**
             * Record Count
             * @description Data records.
             */
            record_count: number | null;
            /**
             * Missing Count
             * @description Cells or records without a reading.
             */
            missing_count: number | null;
            /**
             * Excluded Count
             * @description Readings left out by their quality flag, or withheld by `max_invalid`.
             */
            excluded_count: number | null;
            /**
             * Codes
             * @description Invalid rows by code.
             */
            codes: {
                [key: string]: number;
            };
            /**
             * Invalid By Column
             * @description Invalid rows by column; `structure` is the record as a whole.
             */
            invalid_by_column: {
                [key: string]: number;
            };
            /**
             * Corrected Count
             * @description Invalid rows that are valid rows of another file now.
             */
            corrected_count: number;
            /**
             * Mended Count
             * @deprecated
             * @description Former name of `corrected_count`.
             */
            mended_count: number;
            /**
             * Resubmissions
             * @description The files with corrected rows.
             */
            resubmissions: components["schemas"]["Resubmission"][];
            /**
             * Resubmission Of
             * @description The file whose rows this one corrects.
             */
            resubmission_of: string | null;
            /**
             * Duplicate Of
             * @description The earlier file with the same bytes, which counts in its place.
             */
            duplicate_of: string | null;
            /**
             * Raw Removed At
             * @description When a rule of `RETENTION` removed the bytes of the file: it cannot be downloaded, replayed or exported any more.
             */
            raw_removed_at: string | null;
            /**
             * Readings Removed At
             * @description When a rule of `RETENTION` removed the stored readings of the file.
             */
            readings_removed_at: string | null;
            /**
             * Parent Id
             * @description The container that the file is a member of.
             */
            parent_id: string | null;
            /**
             * Container
             * @description Kind of a container, once it is recognised; null for any other file.
             */
            container: ("zip" | "tar" | "workbook") | null;
            /** @description Of a container: its members that are files, in all and by status. */
            members: components["schemas"]["Members"] | null;
            /**
             * Options
             * @description Read options that were set.
             */
            options: {
                [key: string]: unknown;
            };
            /**
             * Profile
             * @description Name of the profile it was read with.
             */
            profile: string | null;
            /**
             * Profile Version
             * @description Version of that profile.
             */
            profile_version: number | null;
            /**
             * Notices
             * @description What was seen in the file and not acted on.
             */
            notices: components["schemas"]["Notice"][];
            /**
             * Suggestions
             * @description If the file is in doubt: ready-made sets of read options.
             */
            suggestions: components["schemas"]["Suggestion"][];
            /** @description How it was read, each property with how it was determined; null until known. */
            dialect: components["schemas"]["Dialect"] | null;
            /**
             * Error
             * @description Why the file failed.
             */
            error: string | null;
            /** @description From where details of invalid rows are not kept; null if all are kept. */
            limit_reached: components["schemas"]["LimitReached"] | null;
            progress: components["schemas"]["Progress"];
            /** @description null unless the file is being replayed. */
            replay: components["schemas"]["Replay"] | null;
            /** Links */
            links: {
                [key: string]: string;
            };
            aggregations: components["schemas"]["Aggregations"] | null;
            /**
             * Invalid Rows
             * @description The first 100.
             */
            invalid_rows: components["schemas"]["InvalidRow"][];
            resubmission: components["schemas"]["TakenRows"];
        };
        /**
         * ResumableUpload
         * @description How far a resumable upload is.
         */
        ResumableUpload: {
            /** Upload Id */
            upload_id: string;
            /** Filename */
            filename: string;
            /** Length */
            length: number;
            /**
             * Offset
             * @description Bytes received and kept.
             */
            offset: number;
            /**
             * Expires
             * Format: date-time
             */
            expires: string;
            /**
             * File Id
             * @description Once all bytes are received and the file is accepted.
             */
            file_id: string | null;
            /**
             * Known
             * @description The same name and bytes were uploaded before; this is that file.
             */
            known: boolean;
            /**
             * Generation
             * @description The generation that reads a known file with other options; null without them.
             */
            generation: number | null;
        };
        /**
         * RetentionPlan
         * @description What the rules would remove now.
         */
        RetentionPlan: {
            /**
             * At
             * Format: date-time
             * @description The moment that ages are counted to.
             */
            at: string;
            /**
             * Rules
             * @description In their order; empty without rules.
             */
            rules: components["schemas"]["RemovableByRule"][];
        };
        /**
         * RowCorrection
         * @description The file with the corrected row.
         */
        RowCorrection: {
            /** File Id */
            file_id: string;
            /**
             * Status
             * @description `waiting`: the other file is not processed yet.
             * @enum {string}
             */
            status: "corrected" | "waiting";
        };
        /**
         * RowFields
         * @description The three cells of a row; empty if the row has no such field, or not all of it is known.
         */
        RowFields: {
            /** Sensor Id */
            sensor_id: string;
            /** Timestamp */
            timestamp: string;
            /** Value */
            value: string;
        };
        /**
         * SensorInFile
         * @description Results of one sensor in one file.
         */
        SensorInFile: {
            /** Sensor Id */
            sensor_id: string;
            /**
             * Row Count
             * @description Readings; without any the values below are null.
             */
            row_count: number;
            /** Min Value */
            min_value: number | null;
            /** Max Value */
            max_value: number | null;
            /**
             * Mean Value
             * @description null if the sum is not finite.
             */
            mean_value: number | null;
            /** First Timestamp */
            first_timestamp: string | null;
            /** First Value */
            first_value: number | null;
            /** Last Timestamp */
            last_timestamp: string | null;
            /** Last Value */
            last_value: number | null;
            /** Missing Count */
            missing_count: number;
            /** Excluded Count */
            excluded_count: number;
            /** File Id */
            file_id: string;
            /** Filename */
            filename: string;
        };
        /**
         * SensorResult
         * @description Results of one sensor of a file.
         */
        SensorResult: {
            /** Sensor Id */
            sensor_id: string;
            /**
             * Row Count
             * @description Readings; without any the values below are null.
             */
            row_count: number;
            /** Min Value */
            min_value: number | null;
            /** Max Value */
            max_value: number | null;
            /**
             * Mean Value
             * @description null if the sum is not finite.
             */
            mean_value: number | null;
            /** First Timestamp */
            first_timestamp: string | null;
            /** First Value */
            first_value: number | null;
            /** Last Timestamp */
            last_timestamp: string | null;
            /** Last Value */
            last_value: number | null;
            /** Missing Count */
            missing_count: number;
            /** Excluded Count */
            excluded_count: number;
        };
        /**
         * SensorTotals
         * @description Results of one sensor over all files.
         */
        SensorTotals: {
            /** Sensor Id */
            sensor_id: string;
            /**
             * Row Count
             * @description Readings; without any the values below are null.
             */
            row_count: number;
            /** Min Value */
            min_value: number | null;
            /** Max Value */
            max_value: number | null;
            /**
             * Mean Value
             * @description null if the sum is not finite.
             */
            mean_value: number | null;
            /** First Timestamp */
            first_timestamp: string | null;
            /** First Value */
            first_value: number | null;
            /** Last Timestamp */
            last_timestamp: string | null;
            /** Last Value */
            last_value: number | null;
            /** Missing Count */
            missing_count: number;
            /** Excluded Count */
            excluded_count: number;
            /** Files */
            files: number;
        };
        /**
         * ServiceStatus
         * @description The service: what `/health/ready` says, and what an operator asks next. A section that cannot
         *     be read is null; the part that is not ready says why.
         */
        ServiceStatus: {
            /**
             * Status
             * @description `degraded`: uploads are taken, but a part fails that is not required.
             * @enum {string}
             */
            status: "ready" | "degraded" | "not ready";
            /** Parts */
            parts: {
                [key: string]: components["schemas"]["Part"];
            };
            /** Version */
            version: string;
            /**
             * Checked At
             * Format: date-time
             */
            checked_at: string;
            /**
             * Lost Tasks
             * @description Background tasks of this API process that fail again and again.
             */
            lost_tasks: {
                [key: string]: string;
            };
            /** Workers */
            workers: components["schemas"]["WorkerStatus"][] | null;
            /**
             * Lag
             * @description Messages that workers have not completed, by topic.
             */
            lag: {
                [key: string]: number;
            } | null;
            files: components["schemas"]["FileStatusCounts"] | null;
            oldest_waiting: components["schemas"]["WaitingFile"] | null;
            dead_letters: components["schemas"]["DeadLetterCounts"] | null;
            /** Disks */
            disks: components["schemas"]["Disk"][] | null;
        };
        /**
         * SourceTotals
         * @description What the sensors of one source have together.
         */
        SourceTotals: {
            /**
             * Source
             * @description What their sensor_id has before the first slash.
             */
            source: string;
            /** Sensors */
            sensors: number;
            /** Row Count */
            row_count: number;
            /** First Timestamp */
            first_timestamp: string | null;
            /**
             * Last Timestamp
             * @description When any of them was last heard of.
             */
            last_timestamp: string | null;
        };
        /**
         * Sparkline
         * @description The last means of a sensor, the oldest first; none if no file has readings of it.
         */
        Sparkline: {
            /** Sensor Id */
            sensor_id: string;
            /**
             * Of
             * @description What each is the mean of: the last files, or, of a sensor that one file has, intervals of equal length if readings are stored.
             * @enum {string}
             */
            of: "files" | "intervals";
            /**
             * Means
             * @description Those that are finite.
             */
            means: number[];
        };
        /**
         * Sparklines
         * @description The last means of sensors, in the order in which they were asked for.
         */
        Sparklines: {
            /** Items */
            items: components["schemas"]["Sparkline"][];
        };
        /**
         * Suggestion
         * @description One way to read a file.
         */
        Suggestion: {
            /**
             * Message
             * @description What the options mean.
             */
            message: string;
            /**
             * Options
             * @description Read options by name, those of the request included: all that are to be set.
             */
            options: {
                [key: string]: unknown;
            };
            /**
             * Command
             * @description A command that reads the file with them.
             */
            command: string;
            /**
             * Readings
             * @description The first ones.
             * @default []
             */
            readings: components["schemas"]["FirstReading"][];
        };
        /**
         * TakenRows
         * @description The outcome of the rows that were resubmitted.
         */
        TakenRows: {
            /** Accepted */
            accepted: number;
            /**
             * Unchanged
             * @description Unchanged, and still invalid.
             */
            unchanged: number;
            /** Refused */
            refused: number;
            /**
             * Refusals
             * @description The first 100.
             */
            refusals: components["schemas"]["Refusal"][];
        };
        /**
         * TextProperty
         * @description A property of how a file was read; null if there is none, or it is not settled.
         */
        TextProperty: {
            /**
             * Source
             * @description How it was determined; null if the file is in doubt and this is not settled.
             */
            source: ("option" | "profile" | "header" | "content" | "default") | null;
            /** Value */
            value: string | null;
        };
        /**
         * TextsProperty
         * @description A property of how a file was read, with several values.
         */
        TextsProperty: {
            /**
             * Source
             * @description How it was determined; null if the file is in doubt and this is not settled.
             */
            source: ("option" | "profile" | "header" | "content" | "default") | null;
            /** Value */
            value: string[];
        };
        /**
         * UploadedFile
         * @description A file as the call that uploaded it answers it.
         */
        UploadedFile: {
            /** File Id */
            file_id: string;
            /**
             * Status
             * @enum {string}
             */
            status: "waiting" | "processed" | "partial" | "failed";
            /**
             * Upload Time
             * Format: date-time
             */
            upload_time: string;
            /** Processing Ms */
            processing_ms: number | null;
            /** Filename */
            filename: string;
            /** Size Bytes */
            size_bytes: number;
            /** Sha256 */
            sha256: string;
            /**
             * Generation
             * @description 1, or 2 for a file with the bytes of an earlier one; one more with each replay.
             */
            generation: number;
            /** Sensor Count */
            sensor_count: number | null;
            /** Invalid Count */
            invalid_count: number | null;
            /**
             * Record Count
             * @description Data records.
             */
            record_count: number | null;
            /**
             * Missing Count
             * @description Cells or records without a reading.
             */
            missing_count: number | null;
            /**
             * Excluded Count
             * @description Readings left out by their quality flag, or withheld by `max_invalid`.
             */
            excluded_count: number | null;
            /**
             * Codes
             * @description Invalid rows by code.
             */
            codes: {
                [key: string]: number;
            };
            /**
             * Invalid By Column
             * @description Invalid rows by column; `structure` is the record as a whole.
             */
            invalid_by_column: {
                [key: string]: number;
            };
            /**
             * Corrected Count
             * @description Invalid rows that are valid rows of another file now.
             */
            corrected_count: number;
            /**
             * Mended Count
             * @deprecated
             * @description Former name of `corrected_count`.
             */
            mended_count: number;
            /**
             * Resubmissions
             * @description The files with corrected rows.
             */
            resubmissions: components["schemas"]["Resubmission"][];
            /**
             * Resubmission Of
             * @description The file whose rows this one corrects.
             */
            resubmission_of: string | null;
            /**
             * Duplicate Of
             * @description The earlier file with the same bytes, which counts in its place.
             */
            duplicate_of: string | null;
            /**
             * Raw Removed At
             * @description When a rule of `RETENTION` removed the bytes of the file: it cannot be downloaded, replayed or exported any more.
             */
            raw_removed_at: string | null;
            /**
             * Readings Removed At
             * @description When a rule of `RETENTION` removed the stored readings of the file.
             */
            readings_removed_at: string | null;
            /**
             * Parent Id
             * @description The container that the file is a member of.
             */
            parent_id: string | null;
            /**
             * Container
             * @description Kind of a container, once it is recognised; null for any other file.
             */
            container: ("zip" | "tar" | "workbook") | null;
            /** @description Of a container: its members that are files, in all and by status. */
            members: components["schemas"]["Members"] | null;
            /**
             * Options
             * @description Read options that were set.
             */
            options: {
                [key: string]: unknown;
            };
            /**
             * Profile
             * @description Name of the profile it was read with.
             */
            profile: string | null;
            /**
             * Profile Version
             * @description Version of that profile.
             */
            profile_version: number | null;
            /**
             * Notices
             * @description What was seen in the file and not acted on.
             */
            notices: components["schemas"]["Notice"][];
            /**
             * Suggestions
             * @description If the file is in doubt: ready-made sets of read options.
             */
            suggestions: components["schemas"]["Suggestion"][];
            /** @description How it was read, each property with how it was determined; null until known. */
            dialect: components["schemas"]["Dialect"] | null;
            /**
             * Error
             * @description Why the file failed.
             */
            error: string | null;
            /** @description From where details of invalid rows are not kept; null if all are kept. */
            limit_reached: components["schemas"]["LimitReached"] | null;
            progress: components["schemas"]["Progress"];
            /** @description null unless the file is being replayed. */
            replay: components["schemas"]["Replay"] | null;
            /** Links */
            links: {
                [key: string]: string;
            };
            aggregations: components["schemas"]["Aggregations"] | null;
            /**
             * Invalid Rows
             * @description The first 100.
             */
            invalid_rows: components["schemas"]["InvalidRow"][];
            /** @description Only if the file was known and the options are other ones. */
            reprocessing?: components["schemas"]["Reprocessing"] | null;
        };
        /**
         * View
         * @description A view that can be read.
         */
        View: {
            /** Name */
            name: string;
            /** Comment */
            comment: string;
            /** Columns */
            columns: components["schemas"]["ViewColumn"][];
        };
        /**
         * ViewColumn
         * @description A column of a view.
         */
        ViewColumn: {
            /** Name */
            name: string;
            /**
             * Type
             * @description ClickHouse's type.
             */
            type: string;
            /** Comment */
            comment: string;
        };
        /**
         * Views
         * @description What queries can read.
         */
        Views: {
            /** Database */
            database: string;
            /** Views */
            views: components["schemas"]["View"][];
        };
        /**
         * WaitingFile
         * @description The file that has been waiting longest.
         */
        WaitingFile: {
            /** File Id */
            file_id: string;
            /** Filename */
            filename: string;
            /**
             * Upload Time
             * Format: date-time
             */
            upload_time: string;
            /** Waiting Seconds */
            waiting_seconds: number;
        };
        /**
         * Webhook
         * @description An address that is notified of files.
         */
        Webhook: {
            /** Webhook Id */
            webhook_id: string;
            /** Url */
            url: string;
            /** Title */
            title: string;
            /** Statuses */
            statuses: ("processed" | "partial" | "failed")[];
            /** Min Invalid Share */
            min_invalid_share: number;
            /** Profile */
            profile: string | null;
            /** Api Key */
            api_key: string | null;
            /** Enabled */
            enabled: boolean;
            /**
             * Disabled Reason
             * @description Why the product disabled it.
             */
            disabled_reason: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            deliveries: components["schemas"]["DeliveryCounts"];
            /** Links */
            links: {
                [key: string]: string;
            };
        };
        /**
         * WebhookWithSecret
         * @description A webhook, with the secret that is shown once.
         */
        WebhookWithSecret: {
            /** Webhook Id */
            webhook_id: string;
            /** Url */
            url: string;
            /** Title */
            title: string;
            /** Statuses */
            statuses: ("processed" | "partial" | "failed")[];
            /** Min Invalid Share */
            min_invalid_share: number;
            /** Profile */
            profile: string | null;
            /** Api Key */
            api_key: string | null;
            /** Enabled */
            enabled: boolean;
            /**
             * Disabled Reason
             * @description Why the product disabled it.
             */
            disabled_reason: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            deliveries: components["schemas"]["DeliveryCounts"];
            /** Links */
            links: {
                [key: string]: string;
            };
            /**
             * Secret
             * @description Signs messages; it is not shown again.
             */
            secret: string;
        };
        /**
         * WorkerStatus
         * @description A worker.
         */
        WorkerStatus: {
            /**
             * Name
             * @description Its address, or without WORKER_URLS its name at the broker.
             */
            name: string;
            /** Ready */
            ready: boolean;
            /**
             * Reason
             * @description Why it is not ready.
             */
            reason: string | null;
        };
        /**
         * Problem
         * @description An error (RFC 9457).
         */
        Problem: {
            /** Type */
            type: string;
            /** Title */
            title: string;
            /** Status */
            status: number;
            /**
             * Detail
             * @description What was wrong, where, and what to do.
             */
            detail: string;
            /**
             * Code
             * @description Stable; docs/errors.md lists all of them.
             * @enum {string}
             */
            code: "body_too_large" | "broker_unavailable" | "built_in_profile" | "client_too_slow" | "cross_origin_request" | "database_unavailable" | "file_waiting" | "has_resubmissions" | "headers_too_large" | "headers_too_slow" | "idempotency_key_reused" | "insufficient_scope" | "internal_error" | "invalid_api_key" | "invalid_parameter" | "invalid_parameter_type" | "invalid_profile" | "invalid_resubmission" | "invalid_webhook" | "malformed_body" | "malformed_request" | "method_not_allowed" | "missing_api_key" | "missing_file" | "no_rows_accepted" | "not_acceptable" | "not_found" | "not_owner" | "overloaded" | "profile_changed" | "query_limit_reached" | "query_rejected" | "quota_exceeded" | "raw_file_missing" | "raw_file_removed" | "readings_not_stored" | "readings_off" | "readings_removed" | "replay_in_progress" | "sql_off" | "store_unavailable" | "too_many_profiles" | "too_many_webhooks" | "unknown_dead_letter" | "unknown_delivery" | "unknown_file" | "unknown_operation" | "unknown_parameter" | "unknown_profile" | "unknown_sensor" | "unknown_upload" | "unknown_webhook" | "unsupported_encoding" | "unsupported_media_type" | "unsupported_tus_version" | "upload_too_long" | "webhook_disabled" | "wrong_offset";
        };
        /**
         * FileSelection
         * @description Files that have all that is given; at least one thing has to be.
         *
         *     `members`: those in containers too, which `file_ids`, `profile`, `parent_id` and `q` imply.
         */
        FileSelection: {
            /**
             * File Ids
             * @default []
             */
            file_ids: string[];
            /** Profile */
            profile?: string | null;
            /** Status */
            status?: ("waiting" | "processed" | "partial" | "failed") | null;
            /** Q */
            q?: string | null;
            /** Parent Id */
            parent_id?: string | null;
            /** Since */
            since?: string | null;
            /**
             * Members
             * @default false
             */
            members: boolean;
        };
        /**
         * MapValues
         * @description A cell that is one of the words becomes the text of that word; case does not matter.
         */
        MapValues: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "map";
            /**
             * Column
             * @default value
             * @enum {string}
             */
            column: "sensor_id" | "timestamp" | "value";
            /** Words */
            words: {
                [key: string]: string;
            };
        };
        /**
         * Replace
         * @description Each occurrence of a text in a cell becomes another one; `whole`: the cell as a whole.
         */
        Replace: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "replace";
            /**
             * Column
             * @enum {string}
             */
            column: "sensor_id" | "timestamp" | "value";
            /** Find */
            find: string;
            /**
             * Replacement
             * @default
             */
            replacement: string;
            /**
             * Whole
             * @default false
             */
            whole: boolean;
        };
        /**
         * RowFilter
         * @description Invalid rows that have all that is given: a code, a faulty column, a text in the original row
         *     (in any case).
         */
        RowFilter: {
            /** Code */
            code?: string | null;
            /** Column */
            column?: ("sensor_id" | "timestamp" | "value") | null;
            /** Text */
            text?: string | null;
        };
        /**
         * ShiftTimes
         * @description A duration such as `-1h` is added to a timestamp.
         */
        ShiftTimes: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "shift";
            /** By */
            by: string;
        };
        /**
         * TimeFormat
         * @description A timestamp is read with a strptime format.
         */
        TimeFormat: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "time_format";
            /** Format */
            format: string;
        };
        /**
         * Correction
         * @description The changes, one after the other, of the cells of rows of files.
         */
        Correction: {
            files: components["schemas"]["FileSelection"];
            /** @default {} */
            rows: components["schemas"]["RowFilter"];
            /** Changes */
            changes: (components["schemas"]["Replace"] | components["schemas"]["MapValues"] | components["schemas"]["TimeFormat"] | components["schemas"]["ShiftTimes"])[];
        };
        /**
         * ReadOptions
         * @description How a file is to be read; what is not set is detected.
         */
        ReadOptions: {
            /**
             * Profile
             * @description Name of a profile, `auto` (the one that matches) or `none`.
             * @example auto
             */
            profile?: string | null;
            /**
             * Layout
             * @description long: a record is one reading. wide: a record is one time with several value columns.
             * @example wide
             */
            layout?: ("long" | "wide" | "auto") | null;
            /**
             * Column Names
             * @description Names of the columns in order; they replace those of a header.
             * @default []
             * @example [
             *       "time"
             *     ]
             */
            column_names: string[];
            /**
             * Sensor Column
             * @description Column with the sensor; several are joined by `/`.
             * @default []
             * @example [
             *       "Station"
             *     ]
             */
            sensor_column: string[];
            /**
             * Sensor
             * @description Template of the sensor_id: text with {column}, {filename}, {stem}, {Some header}, {group}.
             * @example {stem}/{column}
             */
            sensor?: string | null;
            /**
             * Filename Pattern
             * @description Regular expression (RE2) with named groups, searched in the file name.
             * @default []
             * @example [
             *       "(?P<station>\\d+)\\.csv$"
             *     ]
             */
            filename_pattern: string[];
            /**
             * Preamble Pattern
             * @description Regular expression (RE2) with named groups, searched in each line before the first record.
             * @default []
             * @example [
             *       "Serial: (?P<serial>\\w+)"
             *     ]
             */
            preamble_pattern: string[];
            /**
             * Timestamp Column
             * @description Column with the timestamp; several are joined by a space.
             * @default []
             * @example [
             *       "Date"
             *     ]
             */
            timestamp_column: string[];
            /**
             * Timestamp Format
             * @description strptime format, or iso, epoch, epoch_s, epoch_ms, epoch_us, epoch_ns, excel, filetime, elapsed_s, elapsed_ms; the first that fits counts.
             * @default []
             * @example [
             *       "%d.%m.%Y %H:%M"
             *     ]
             */
            timestamp_format: string[];
            /**
             * Timestamp Shift
             * @description Added to every timestamp: a number with us, ms, s, min, h or d.
             * @example -1min
             */
            timestamp_shift?: string | null;
            /**
             * Timestamp Start
             * @description Origin of elapsed times; the date for a time of day.
             * @example 2025-06-01T12:00:00Z
             */
            timestamp_start?: string | null;
            /**
             * Timezone
             * @description IANA name or offset for timestamps without an offset, or a template such as {zone}; default UTC.
             * @example Europe/Berlin
             */
            timezone?: string | null;
            /**
             * Ambiguous Time
             * @description The repeated hour when daylight saving ends: by the order of records, the earlier one, the later one, or invalid.
             * @example order
             */
            ambiguous_time?: ("order" | "earlier" | "later" | "invalid") | null;
            /**
             * Value Column
             * @description Column with values; `*` means every column not named by another option.
             * @default []
             * @example [
             *       "Temp"
             *     ]
             */
            value_column: string[];
            /**
             * Ignore Column
             * @description Column that `*` does not include.
             * @default []
             * @example [
             *       "Record"
             *     ]
             */
            ignore_column: string[];
            /**
             * Quality Column
             * @description Column with the quality flag; in wide files it may be a template such as {column}_flag.
             * @example quality
             */
            quality_column?: string | null;
            /**
             * Quality Accept
             * @description Flag of records that are taken.
             * @default []
             * @example [
             *       "G"
             *     ]
             */
            quality_accept: string[];
            /**
             * Quality Reject
             * @description Flag of records that are excluded.
             * @default []
             * @example [
             *       "B"
             *     ]
             */
            quality_reject: string[];
            /**
             * Missing
             * @description Text that means: no reading.
             * @default []
             * @example [
             *       "-9999"
             *     ]
             */
            missing: string[];
            /**
             * Value Map
             * @description Word and the number it means, in any case.
             * @default []
             * @example [
             *       "ON=1"
             *     ]
             */
            value_map: string[];
            /**
             * Value Unit
             * @description Unit that may follow a number.
             * @default []
             * @example [
             *       "kWh"
             *     ]
             */
            value_unit: string[];
            /**
             * Thousands
             * @description Sign between groups of three digits.
             * @example ,
             */
            thousands?: string | null;
            /**
             * Skip After Header
             * @description Lines after the header that are skipped.
             * @example 1
             */
            skip_after_header?: number | null;
            /**
             * End Pattern
             * @description Regular expression (RE2); the first line after the first record that matches it ends the data.
             * @example ^$
             */
            end_pattern?: string | null;
            /**
             * Ragged
             * @description fill: fields missing at the end are empty. cut: extra fields are ignored.
             * @default []
             * @example [
             *       "fill"
             *     ]
             */
            ragged: ("fill" | "cut")[];
            /**
             * Delimiter
             * @description One ASCII character, no letter, digit or quote, or tab, comma, semicolon, pipe, space; a space means runs of spaces.
             * @example ;
             */
            delimiter?: string | null;
            /**
             * Encoding
             * @description Encoding of the file.
             * @example windows-1252
             */
            encoding?: string | null;
            /**
             * Header
             * @description Whether the file has a header.
             * @example true
             */
            header?: boolean | null;
            /**
             * Decimal
             * @description Decimal sign of values.
             * @example ,
             */
            decimal?: string | null;
            /**
             * Quote
             * @description Quote character: " or '.
             * @example "
             */
            quote?: string | null;
            /**
             * Escape
             * @description Escape character in quotes: a backslash, or none.
             * @example \
             */
            escape?: string | null;
            /**
             * Comment
             * @description What comment lines begin with, or none.
             * @example #
             */
            comment?: string | null;
            /**
             * Skip Lines
             * @description Lines at the beginning that are skipped.
             * @example 3
             */
            skip_lines?: number | null;
            /**
             * Units
             * @description Whether a line of units follows the header.
             * @example false
             */
            units?: boolean | null;
            /**
             * Max Invalid
             * @description Most invalid rows a file may have: a number, or a share such as 5%; none is no limit. With more the file fails and none of its readings is visible.
             * @example 5%
             */
            max_invalid?: string | null;
        };
        /**
         * ProfileContent
         * @description What a version of a profile says.
         */
        ProfileContent: {
            /**
             * Title
             * @description For people.
             * @default
             */
            title: string;
            match?: components["schemas"]["ProfileMatch"];
            options?: components["schemas"]["ReadOptions"];
        };
        /**
         * SparklinesRequest
         * @description Sensors whose last means are asked for.
         */
        SparklinesRequest: {
            /** Sensor Ids */
            sensor_ids: string[];
            /**
             * Points
             * @description Means of each sensor at most.
             * @default 30
             */
            points: number;
        };
        /**
         * NewWebhook
         * @description A webhook to create.
         */
        NewWebhook: {
            /**
             * Url
             * @description Where messages are posted: https, or http into a network of WEBHOOK_NETWORKS. Or `mailto:` and an address, if the service has a mail server.
             */
            url: string;
            /**
             * Title
             * @description For people.
             * @default
             */
            title: string;
            /**
             * Statuses
             * @description Statuses that files end with.
             */
            statuses?: ("processed" | "partial" | "failed")[];
            /**
             * Min Invalid Share
             * @description Only files with at least this share of invalid rows, 0 to 1.
             * @default 0
             */
            min_invalid_share: number;
            /**
             * Profile
             * @description Only files that are read with this profile.
             */
            profile?: string | null;
            /**
             * Api Key
             * @description Only files that were uploaded with the API key of this id.
             */
            api_key?: string | null;
            /**
             * Enabled
             * @default true
             */
            enabled: boolean;
            /**
             * Secret
             * @description `whsec_` and 24 to 64 bytes in base64; one is made if there is none.
             */
            secret?: string | null;
        };
        /**
         * WebhookChange
         * @description What is to change; what is left out stays.
         */
        WebhookChange: {
            /**
             * Url
             * @default
             */
            url: string;
            /**
             * Title
             * @default
             */
            title: string;
            /** Statuses */
            statuses?: ("processed" | "partial" | "failed")[];
            /**
             * Min Invalid Share
             * @default 0
             */
            min_invalid_share: number;
            /** Profile */
            profile?: string | null;
            /** Api Key */
            api_key?: string | null;
            /**
             * Enabled
             * @default true
             */
            enabled: boolean;
        };
        /**
         * Query
         * @description A query on the views.
         */
        Query: {
            /**
             * Query
             * @description One SELECT, in ClickHouse's SQL.
             */
            query: string;
            /**
             * Limit
             * @description Rows of the answer at most, as JSON.
             * @default 1000
             */
            limit: number;
            /**
             * Seconds
             * @description After so long the query is cancelled.
             * @default 30
             */
            seconds: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type Aggregations = components['schemas']['Aggregations'];
export type Announced = components['schemas']['Announced'];
export type Column = components['schemas']['Column'];
export type ColumnRole = components['schemas']['ColumnRole'];
export type CorrectedRow = components['schemas']['CorrectedRow'];
export type CorrectionPreview = components['schemas']['CorrectionPreview'];
export type Counts = components['schemas']['Counts'];
export type CountsOfList = components['schemas']['CountsOfList'];
export type DeadLetter = components['schemas']['DeadLetter'];
export type DeadLetterCounts = components['schemas']['DeadLetterCounts'];
export type Delivery = components['schemas']['Delivery'];
export type DeliveryCounts = components['schemas']['DeliveryCounts'];
export type DeliveryState = components['schemas']['DeliveryState'];
export type Dialect = components['schemas']['Dialect'];
export type Disk = components['schemas']['Disk'];
export type DryRunDocument = components['schemas']['DryRunDocument'];
export type Extent = components['schemas']['Extent'];
export type FileDocument = components['schemas']['FileDocument'];
export type FileStatusCounts = components['schemas']['FileStatusCounts'];
export type FilesPreview = components['schemas']['FilesPreview'];
export type FirstReading = components['schemas']['FirstReading'];
export type FlagProperty = components['schemas']['FlagProperty'];
export type HeadPreview = components['schemas']['HeadPreview'];
export type InvalidCode = components['schemas']['InvalidCode'];
export type InvalidRow = components['schemas']['InvalidRow'];
export type LimitReached = components['schemas']['LimitReached'];
export type ListedCounts = components['schemas']['ListedCounts'];
export type ListedFile = components['schemas']['ListedFile'];
export type ListedInvalidRow = components['schemas']['ListedInvalidRow'];
export type Live = components['schemas']['Live'];
export type MatchingCounts = components['schemas']['MatchingCounts'];
export type Members = components['schemas']['Members'];
export type Notice = components['schemas']['Notice'];
export type NoticeCode = components['schemas']['NoticeCode'];
export type Operation = components['schemas']['Operation'];
export type OperationFile = components['schemas']['OperationFile'];
export type PageDeadLetter = components['schemas']['Page_DeadLetter_'];
export type PageDelivery = components['schemas']['Page_Delivery_'];
export type PageListedFile = components['schemas']['Page_ListedFile_'];
export type PageListedInvalidRow = components['schemas']['Page_ListedInvalidRow_'];
export type PageOperationFile = components['schemas']['Page_OperationFile_'];
export type PageOperation = components['schemas']['Page_Operation_'];
export type PageProfile = components['schemas']['Page_Profile_'];
export type PageSensorInFile = components['schemas']['Page_SensorInFile_'];
export type PageSensorResult = components['schemas']['Page_SensorResult_'];
export type PageSensorTotals = components['schemas']['Page_SensorTotals_'];
export type PageSourceTotals = components['schemas']['Page_SourceTotals_'];
export type PageWebhook = components['schemas']['Page_Webhook_'];
export type Part = components['schemas']['Part'];
export type Preview = components['schemas']['Preview'];
export type PreviewSums = components['schemas']['PreviewSums'];
export type PreviewTotals = components['schemas']['PreviewTotals'];
export type PreviewedFile = components['schemas']['PreviewedFile'];
export type Profile = components['schemas']['Profile'];
export type ProfileMatch = components['schemas']['ProfileMatch'];
export type Progress = components['schemas']['Progress'];
export type PropertyChange = components['schemas']['PropertyChange'];
export type QueryResult = components['schemas']['QueryResult'];
export type ReadCounts = components['schemas']['ReadCounts'];
export type ReadingInterval = components['schemas']['ReadingInterval'];
export type Readings = components['schemas']['Readings'];
export type Ready = components['schemas']['Ready'];
export type Refusal = components['schemas']['Refusal'];
export type RemovableByRule = components['schemas']['RemovableByRule'];
export type RemovableFile = components['schemas']['RemovableFile'];
export type Replay = components['schemas']['Replay'];
export type Reprocessing = components['schemas']['Reprocessing'];
export type Resubmission = components['schemas']['Resubmission'];
export type ResubmittedFile = components['schemas']['ResubmittedFile'];
export type ResumableUpload = components['schemas']['ResumableUpload'];
export type RetentionPlan = components['schemas']['RetentionPlan'];
export type RowCorrection = components['schemas']['RowCorrection'];
export type RowFields = components['schemas']['RowFields'];
export type SensorInFile = components['schemas']['SensorInFile'];
export type SensorResult = components['schemas']['SensorResult'];
export type SensorTotals = components['schemas']['SensorTotals'];
export type ServiceStatus = components['schemas']['ServiceStatus'];
export type SourceTotals = components['schemas']['SourceTotals'];
export type Sparkline = components['schemas']['Sparkline'];
export type Sparklines = components['schemas']['Sparklines'];
export type Suggestion = components['schemas']['Suggestion'];
export type TakenRows = components['schemas']['TakenRows'];
export type TextProperty = components['schemas']['TextProperty'];
export type TextsProperty = components['schemas']['TextsProperty'];
export type UploadedFile = components['schemas']['UploadedFile'];
export type View = components['schemas']['View'];
export type ViewColumn = components['schemas']['ViewColumn'];
export type Views = components['schemas']['Views'];
export type WaitingFile = components['schemas']['WaitingFile'];
export type Webhook = components['schemas']['Webhook'];
export type WebhookWithSecret = components['schemas']['WebhookWithSecret'];
export type WorkerStatus = components['schemas']['WorkerStatus'];
export type Problem = components['schemas']['Problem'];
export type FileSelection = components['schemas']['FileSelection'];
export type MapValues = components['schemas']['MapValues'];
export type Replace = components['schemas']['Replace'];
export type RowFilter = components['schemas']['RowFilter'];
export type ShiftTimes = components['schemas']['ShiftTimes'];
export type TimeFormat = components['schemas']['TimeFormat'];
export type Correction = components['schemas']['Correction'];
export type ReadOptions = components['schemas']['ReadOptions'];
export type ProfileContent = components['schemas']['ProfileContent'];
export type SparklinesRequest = components['schemas']['SparklinesRequest'];
export type NewWebhook = components['schemas']['NewWebhook'];
export type WebhookChange = components['schemas']['WebhookChange'];
export type Query = components['schemas']['Query'];
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
