"""Indices and offsets in the arrays that kernels and Python share."""

from __future__ import annotations

from schemas.invalid_codes import NUMBER_OF, InvalidCode

# Settings of kernels (int64). First the grammar of records, for splitting and parsing alike.
DELIMITER, QUOTE = 0, 1  # bytes; a space as delimiter is runs of spaces
ESCAPE, COMMENT = 2, 3  # bytes, -1 if there is none
SENSOR, TIMESTAMP, VALUE = 4, 5, 6  # positions of the columns, -1 if the header has no such column
ABSENT = -1
WIDTH, NEEDED = 7, 8  # fields of the header; fields a record must have for its three columns
MAX_BYTES, MAX_LINES = 9, 10
# Two texts that are no rows if they are repeated, header and units line: address, bytes (0 if there
# is none), first byte, second byte, and first eight bytes.
REPEATED = 11
REPEATED_AT, REPEATED_SIZE, REPEATED_FIRST, REPEATED_SECOND, REPEATED_WORD = 0, 1, 2, 3, 4
REPEATED_WORDS, REPEATED_TEXTS = 5, 2
# Of a read plan: per column whether a quoted line end may be in it (address of int8, 0: no plan;
# number of columns). FREE: it may; ONE_ID: if no delimiter is before it; NONE: never.
ROLES_AT = REPEATED + REPEATED_WORDS * REPEATED_TEXTS
ROLES_SIZE = ROLES_AT + 1
FREE, ONE_ID, NONE = 0, 1, 2
# Of a read plan: what another header begins with, the first name and its delimiter, as the header
# does: its bytes (0: no other header is looked for), and which of the first eight are of it.
FIRST_NAME, FIRST_NAME_MASK = ROLES_AT + 2, ROLES_AT + 3
GRAMMAR_SIZE = ROLES_AT + 4
# Then the settings of parsing and reporting.
COMMA = GRAMMAR_SIZE  # 1 if a comma is a decimal sign
MAX_RAW = COMMA + 1
MAX_INVALID = COMMA + 2  # how many invalid rows are kept with their details
FIRST_ROW = COMMA + 3
READINGS, READINGS_ROOM = COMMA + 4, COMMA + 5  # address of the valid rows (0: none), its rows
FORMAT_AT, FORMAT_SIZE = COMMA + 6, COMMA + 7  # program for timestamps, its words; 0: none
LATEST = COMMA + 8  # instant after which a reading is in the future
SETTINGS_SIZE = COMMA + 9

# State of the parsing kernel (int64): with it, another call continues.
AT, ROW, LINE = 0, 1, 2  # offset, rows and lines before it
SENSORS, KEYS_USED, KEPT, INVALID = 3, 4, 5, 6  # sensors, bytes of their ids; rows kept, invalid
ASKED_AT, ASKED_SIZE, ANSWERED = 7, 8, 9  # a number for the exact parser: address, bytes
FUTURE, FUTURE_ROW, SENTINEL, SENTINEL_ROW = 10, 11, 12, 13  # notices: how many, the first row
CODES = 14  # from here: invalid rows per code number
STATE_SIZE = CODES + len(InvalidCode) + 1
# ... and as floats.
MIN, MAX, ANSWER = 0, 1, 2

# A record as `careful_record` finds it (int64): addresses of the text of its three columns, 0 if there
# is none; text with doubled quotes is a copy outside of the batch.
TEXT = 0  # from here: begin and end, three times
TEXT_LIMIT = 6  # end of the memory that has the sensor_id
SOURCE = 7  # from here: begin and end in the batch, three times
FOUND_FIELDS, FOUND_EXTRA, FOUND_KINDS, FOUND_END, FOUND_FAULT = 13, 14, 15, 16, 17
FOUND_SIZE = 18

# Why the parsing kernel returned.
DONE, ROOM_FOR_SENSORS, ROOM_FOR_INVALID, QUESTION = 0, 1, 2, 3

# One sensor: offsets in bytes, two cache lines in all. The last twelve words are columns of
# `schema.PARTIALS`, in its order: int64, or float64 if they are values and sums.
HASH, ID_SIZE, ID_AT, ID_WORD, COUNT = 0, 8, 16, 24, 32
MIN_VALUE, MAX_VALUE, SUM_HI, SUM_LO = 40, 48, 56, 64
FIRST_TIMESTAMP, FIRST_ROW_OF, FIRST_VALUE = 72, 80, 88
LAST_TIMESTAMP, LAST_ROW_OF, LAST_VALUE = 96, 104, 112
END_TIMESTAMP = 120  # of its last reading in the order of records
SENSOR_BYTES = 128

# What is noted of a batch and of each of its sensors, zero at first (offsets in bytes). Of the
# batch: readings that are not later than the one before of their sensor, ids in E-notation.
NOTED_TURNS, NOTED_IDS = 0, 8
# Of a sensor: its first reading in the order of records if that is not its first in time (row 0: it
# is), how often its time went back and was repeated, each with the first row; 1 for E-notation.
BEGIN_TIMESTAMP, BEGIN_ROW, BACK_COUNT, BACK_ROW = 0, 8, 16, 24
REPEATED_COUNT, REPEATED_ROW, E_NOTATION = 32, 40, 48
NOTED_BYTES = 64

# The listed valid rows, column after column, each with the same room: timestamp, value and row of
# eight bytes each, then the sensor's number of four.
READING_BYTES = 28

# One invalid row (int32): offsets in the batch, numbers counted from its first row and line.
BAD_START, BAD_END, BAD_LINE, BAD_ROW, BAD_FIELDS = 0, 1, 2, 3, 4
BAD_FAULTS = 5  # code numbers of structure, sensor_id, timestamp, value; the lowest byte first
BAD_KINDS = 6  # what kind of field each is (`records.PLAIN` ...), two bits each
BAD_TEXT = 7  # from here: begin and end of the three fields' text
BAD_WORDS = 13

# The byte above the digits: a record that begins with it, or with one above it (letters, brackets and
# the like), begins with no number.
ABOVE_DIGITS = 0x3A

MAX_ID_CHARACTERS = 256
MAX_ID_BYTES = 4 * MAX_ID_CHARACTERS

MISSING_FIELDS = NUMBER_OF[InvalidCode.MISSING_FIELDS]
EXTRA_FIELDS = NUMBER_OF[InvalidCode.EXTRA_FIELDS]
BAD_QUOTE = NUMBER_OF[InvalidCode.BAD_QUOTE]
QUOTE_NOT_CLOSED = NUMBER_OF[InvalidCode.QUOTE_NOT_CLOSED]
RECORD_TOO_LONG = NUMBER_OF[InvalidCode.RECORD_TOO_LONG]
SENSOR_ID_EMPTY = NUMBER_OF[InvalidCode.SENSOR_ID_EMPTY]
SENSOR_ID_TOO_LONG = NUMBER_OF[InvalidCode.SENSOR_ID_TOO_LONG]
SENSOR_ID_CONTROL = NUMBER_OF[InvalidCode.SENSOR_ID_CONTROL_CHARACTER]
SENSOR_ID_ENCODING = NUMBER_OF[InvalidCode.SENSOR_ID_ENCODING]
# The codes of these two columns are in the order of the outcomes of their kernels.
TIMESTAMP_RANGE = NUMBER_OF[InvalidCode.TIMESTAMP_RANGE]
TIMESTAMP_EMPTY = NUMBER_OF[InvalidCode.TIMESTAMP_EMPTY]
VALUE_EMPTY = NUMBER_OF[InvalidCode.VALUE_EMPTY]
