"""Where a compiled read plan is in the arrays that its kernel and Python share."""

from __future__ import annotations

from rows.kernels import layout as at
from schemas.invalid_codes import NUMBER_OF, InvalidCode

# Settings (int64): the grammar of records first, as for every kernel. What ends with _AT is an
# address, of int64 words if nothing else is said.
FIRST_ROW = at.GRAMMAR_SIZE
MAX_INVALID = FIRST_ROW + 1  # invalid rows that are kept with their details
READINGS, READINGS_SIZE = FIRST_ROW + 2, FIRST_ROW + 3  # where readings are listed (0: nowhere)
SCAN = FIRST_ROW + 4  # 1: only the order of records is followed, no value is looked at
SLOTS = FIRST_ROW + 5  # fields of a record that are kept: the largest position used, plus 1
WIDE = FIRST_ROW + 6
FILL, CUT = FIRST_ROW + 7, FIRST_ROW + 8  # ragged records
VALUES, VALUES_AT = FIRST_ROW + 9, FIRST_ROW + 10  # number of value columns, their positions
# How the sensor is found.
SENSOR_MODE = FIRST_ROW + 11
SENSOR_CELL = FIRST_ROW + 12  # position, if one cell is the sensor
SENSOR_PARTS, SENSOR_PARTS_AT = FIRST_ROW + 13, FIRST_ROW + 14
NAMES_AT = FIRST_ROW + 15  # (address, bytes) of the name of each value column
FIXED_AT = FIRST_ROW + 16  # number of each value column's sensor, or minus a code number
BLOCKS_AT = FIRST_ROW + 17  # per key and value column, four bytes: see BLOCK_FAULT
# Quality flags.
QUALITY, QUALITY_AT = (
    FIRST_ROW + 18,
    FIRST_ROW + 19,
)  # 0 none, 1 one for all, 2 one per value column
ACCEPT, ACCEPT_AT = FIRST_ROW + 20, FIRST_ROW + 21  # texts; none: every flag
REJECT, REJECT_AT = FIRST_ROW + 22, FIRST_ROW + 23
# Cells.
MISSING, MISSING_AT = FIRST_ROW + 24, FIRST_ROW + 25  # texts
MISSING_NUMBERS, MISSING_NUMBERS_AT = FIRST_ROW + 26, FIRST_ROW + 27  # float64
WORDS, WORDS_AT = FIRST_ROW + 28, FIRST_ROW + 29  # texts in small letters
WORD_VALUES_AT = FIRST_ROW + 30  # float64
MAPPED, MAPPED_AT = FIRST_ROW + 31, FIRST_ROW + 32  # pairs of float64: number, what it means
UNITS, UNITS_AT = FIRST_ROW + 33, FIRST_ROW + 34  # texts
SIGNS = FIRST_ROW + 35  # of decimals: POINT, COMMA_ONLY, EITHER
THOUSANDS = FIRST_ROW + 36  # the byte, 0 for none
# Time.
TIME_CELL = FIRST_ROW + 37  # position, if one cell is the timestamp; -1 otherwise
TIME_PARTS, TIME_PARTS_AT = FIRST_ROW + 38, FIRST_ROW + 39
FORMATS, FORMATS_AT = FIRST_ROW + 40, FIRST_ROW + 41  # `FORMAT_WORDS` each
SHIFT = FIRST_ROW + 42  # microseconds
START, START_DAY = FIRST_ROW + 43, FIRST_ROW + 44  # an instant; a day's beginning in local time
ZONE = FIRST_ROW + 45  # number of the zone
ZONE_PARTS, ZONE_PARTS_AT = FIRST_ROW + 46, FIRST_ROW + 47  # the zone of a record; 0: `ZONE`
ZONES_AT = FIRST_ROW + 48  # `ZONE_WORDS` each
ZONE_NAMES_AT = FIRST_ROW + 49  # table of known names, `ZONE_NAME_WORDS` each
AMBIGUOUS = FIRST_ROW + 50
DESCENDING, STEP, REPEATS = FIRST_ROW + 51, FIRST_ROW + 52, FIRST_ROW + 53  # the order of records
MONTHS_AT, WEEKDAYS_AT = FIRST_ROW + 54, FIRST_ROW + 55  # tables of names, `NAME_WORDS` each
LATEST = FIRST_ROW + 56  # instant after which a reading is in the future
# More of the order of records: what every instant leaves if it is divided by STEP (-1: not the same
# for all); how far times go back without a clock being put back.
PHASE, JITTER = FIRST_ROW + 57, FIRST_ROW + 58
# Whether `rows.kernels.ordinary` can read ordinary records (ALL_OF_THEM), or only pass over them while
# the order of records is followed (ONLY_ORDER); the cell of the timestamp, and its second (-1: none).
ONLY_ORDER, ALL_OF_THEM = 1, 2
ORDINARY, ORDINARY_TIME, ORDINARY_TIME_2 = FIRST_ROW + 59, FIRST_ROW + 60, FIRST_ROW + 61
# 1: the phase is that of all records; 0: of the head, and a logger may start again with another.
PHASE_IS_KEPT = FIRST_ROW + 62
FORMULAS = FIRST_ROW + 63  # 1: cells may be texts that are written as formulas, `="007"`
SETTINGS_SIZE = FIRST_ROW + 64

# How a sensor is found: all known in advance; the text of one cell; a text made for each record;
# (wide) a text made for each record and value column, found by the record's cells.
FIXED, CELL, COMPOSED, KEYED = 0, 1, 2, 3
# In a block: 0 if the sensor is not known yet, its number plus 1, or this and a code number.
BLOCK_FAULT = 0x8000_0000
# A part of a template: (position, 0, 0), (LITERAL, address, bytes), (COLUMN, 0, 0).
PART_WORDS = 3
LITERAL, COLUMN = -2, -1
# A text to compare with: bytes, its first eight as a word, address.
TEXT_WORDS = 3

POINT, COMMA_ONLY, EITHER = 0, 1, 2
EARLIER, LATER, BY_ORDER, INVALID = 0, 1, 2, 3

# A timestamp format: what it is; its program (address, words); the fixed layout it has if all of its
# numbers have all their digits: bytes (0: none), four words each that are XORed with the text, that
# carry into the high bit of a byte that is wrong, and that have the bits to look at; the places of
# year, month, day, hour, minute and second (-1: it has none); whether digits of a fraction follow,
# and whether the year has two digits.
FORMAT_KIND, PROGRAM_AT, PROGRAM_SIZE = 0, 1, 2
LAYOUT_SIZE, LAYOUT_XOR, LAYOUT_CARRY, LAYOUT_MASK, LAYOUT_PLACES = 3, 4, 8, 12, 16
LAYOUT_FRACTION, LAYOUT_SHORT_YEAR = 22, 23
FORMAT_WORDS = 24
ISO, EPOCH, EXCEL, ELAPSED, WRITTEN = 0, 1, 2, 3, 4
# Of EPOCH and ELAPSED, in the place of the program: digits by which the number is moved to
# microseconds (BY_SIZE: as its size says), and the origin in microseconds.
EPOCH_DIGITS, EPOCH_ORIGIN = 1, 2
BY_SIZE = 99

# Tables of names are open-addressed: three words of the name in small letters, its number (0: free).
NAME_WORDS, NAME_SLOTS = 4, 1024

# The table of zone names is open-addressed: four words of the name, the zone's number plus 1 (0: free).
ZONE_NAME_WORDS, ZONE_NAME_SLOTS = 5, 2048

# A zone: number of segments (0: not made ready yet), address of their bounds (one more), of first and second offsets; number
# of abbreviations and their address (`ABBREVIATION_WORDS` each: text, then up to four offsets, most
# recent first, and how many); the segment that was hit last; address of 1 for each segment whose
# times are the last ones before a repeated hour, 0 for the others (0: it is not kept).
ZONE_SEGMENTS, ZONE_BOUNDS, ZONE_FIRST, ZONE_SECOND = 0, 1, 2, 3
ZONE_ABBREVIATIONS, ZONE_ABBREVIATIONS_AT, ZONE_HIT, ZONE_NEAR = 4, 5, 6, 7
ZONE_WORDS = 8
ABBREVIATION_OFFSETS, ABBREVIATION_COUNT, ABBREVIATION_WORDS = 3, 7, 8

# What the kernel knows when it returns, so that it can go on (int64).
POSITION, ROW, LINE = 0, 1, 2  # offset, records and lines before it
SENSORS, KEYS_USED = 3, 4
RECORD_KEYS, RECORD_KEYS_USED = 5, 6  # of KEYED: distinct keys, bytes of their texts
KEPT, ENTRIES, CELLS_INVALID = 7, 8, 9  # invalid rows kept, all of them, cells they cost
READ, MISSED, EXCLUDED = 10, 11, 12  # readings, missing and excluded cells
NOTES_USED = 13  # bytes of texts that were put together, for the report
RESUMED, RESUME_CELL, RESUME_INSTANT = 14, 15, 16  # 1: in the middle of a record
RESUME_FAULT = 28  # what was wrong with its timestamp
ASKED_AT, ASKED_SIZE, ANSWERED = 17, 18, 19
ZONE_ASKED = 20
ORDER_LIVE, ORDER_USED = 21, 22  # sensors within a repeated hour; slots that are not free
AMBIGUOUS_SEEN = 23  # records in a repeated hour
FUTURE, FUTURE_ROW, SENTINEL, SENTINEL_ROW = 24, 25, 26, 27
CODES = 29
STATE_SIZE = CODES + len(InvalidCode) + 1

# Why the kernel returned.
DONE, ROOM_FOR_SENSORS, ROOM_FOR_KEYS, ROOM_FOR_INVALID, ROOM_FOR_NOTES = 0, 1, 2, 3, 4
ROOM_FOR_ORDER, NUMBER_ASKED, ZONE_NEEDED = 5, 6, 7

# Memory the kernel works in: one array of addresses and sizes.
SLOTS_M, SLOT_COUNT_M, SENSORS_M, SENSOR_ROOM_M, KEYS_M, KEYS_SIZE_M = 0, 1, 2, 3, 4, 5
EXTRAS_M = 6  # per sensor: missing, excluded
EXTRA_BYTES = 16
RECORD_SLOTS_M, RECORD_SLOT_COUNT_M, RECORD_TABLE_M, RECORD_ROOM_M = 7, 8, 9, 10
RECORD_TEXT_M, RECORD_TEXT_SIZE_M = 11, 12
NOTES_M, NOTES_SIZE_M = 13, 14
ORDER_M, ORDER_SLOTS_M = 15, 16
SCRATCH_M, SCRATCH_SIZE_M = 17, 18  # five areas of that size, one behind the other
BAD_M, BAD_ROOM_M = 19, 20  # invalid rows, `BAD_WORDS` of four bytes each
NOTED_M = 21  # see `layout.NOTED_BYTES`
# Words of the loops for ordinary records: where the fields of a record end, and what is known of times.
ENDS_M, KNOWN_M = 22, 23
MEMORY_SIZE = 24

# The order of records in a repeated hour: per sensor its hash (0: free), the last local time, the
# segment it is in, 0 or 1 for the pass, or LEFT, NEAR (it is before the
# hour) or DOUBT (it is in the hour, and which pass it is in is not known), records of that time.
# So many are followed at most, because what is known of them travels with the batches.
MAX_ORDER = 16_384
ORDER_HASH, ORDER_LOCAL, ORDER_SEGMENT, ORDER_PASS, ORDER_RUN, ORDER_WORDS = 0, 1, 2, 3, 4, 5
LEFT, NEAR, DOUBT = -1, -2, -3

# An invalid row: as `layout.BAD_...`, then the value column (-1: the record as a whole) and the
# cells it cost. Texts that were put together are given as -1 minus their place among the notes.
BAD_VALUE, BAD_CELLS, BAD_WORDS = at.BAD_WORDS, at.BAD_WORDS + 1, at.BAD_WORDS + 2

TIMESTAMP_ZONE = NUMBER_OF[InvalidCode.TIMESTAMP_ZONE]
