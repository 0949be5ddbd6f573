# A transaction set as structures, for the matcher.

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from gateway.quick.tree cimport Arena

cdef enum:
    DEPTH_MAX = 32
    PARTS_MAX = 64        # what is present is a bit each
    CODE_MAX = 8          # a code is a number of 64 bits
    BLANK = 0x20

# As `kind` of a value.
cdef enum:
    TEXT = 0
    CODES = 1
    DIGITS = 2
    WHOLE = 3
    DATE = 4
    DECIMAL = 5
    TIME = 6
    UPPER = 7
    LETTERS = 8
    FIGURE = 9
    QUANTITY = 10

cdef enum:
    PAIRED = 0
    REQUIRED = 1
    EXCLUSION = 2
    CONDITION = 3
    LIST = 4

cdef struct Codes:
    uint64_t *table       # by a hash, 0 where there is none
    int32_t *number       # from 1 on, beside each
    uint64_t mask
    int32_t shift

cdef struct Value:
    int32_t kind
    int64_t least
    int64_t most
    uint8_t marks[2]      # of a number, or of others' numbers
    Codes codes

# Components that are a date and the code of its form.
cdef struct Dated:
    int32_t date          # from 0
    int32_t code
    Codes codes
    const char **form     # by the code's number

cdef struct Relation:
    int32_t kind
    uint64_t first
    uint64_t all          # the first too

cdef struct Row:
    int32_t count
    int32_t relations
    Part *parts
    Relation *relation
    uint64_t mandatory
    uint64_t unused
    Dated *dated          # of a composite

cdef struct Part:
    int32_t plain         # neither a composite nor repeated
    int32_t repeat
    Value *value
    Row *row              # of a composite

cdef struct Segment:
    Row row
    int32_t open

cdef struct Choice:
    int32_t at            # which element, from 1
    Codes *codes

cdef struct Place:
    uint32_t word
    int32_t mandatory
    int64_t most
    Segment *segment
    Level *inner          # of a loop
    int32_t free          # no qualifier says whose the segment is
    int32_t others
    Choice qualifier
    Choice *other         # places above that take the segment by these

cdef struct Level:
    int32_t count
    Place *places

# Give the number of a code in its list, 0 where it is not in it.
cdef inline int32_t code_of(Codes *codes, uint64_t word) noexcept:
    cdef uint64_t at = (word * <uint64_t>0x9E3779B97F4A7C15) >> codes.shift
    while codes.table[at] != 0:
        if codes.table[at] == word:
            return codes.number[at]
        at = (at + 1) & codes.mask
    return 0

cdef uint64_t word_of(bytes code) except 0

cdef class Program:
    cdef Arena arena
    cdef Level *levels
    cdef Segment *table
    cdef tuple kept               # whatever structures point into
    cdef uint32_t header
    cdef uint32_t trailer
    cdef Segment *opening
    cdef Segment *closing
    cdef int32_t control          # which element of the header it is; of the trailer the second
    cdef int segments
    cdef int counted
    cdef void *_room(self, size_t size) except NULL
    cdef int _codes(self, Codes *into, tuple codes) except -1
    cdef int _value(self, Value *into, tuple plain) except -1
    cdef int _row(self, Row *into, tuple plain, Value *values, int known) except -1
    cdef int _dated(self, Row *into, tuple plain) except -1
    cdef int _choice(self, Choice *into, tuple plain) except -1
    cdef int _place(self, Place *into, tuple plain, Segment *segments) except -1
