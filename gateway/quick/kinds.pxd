# Kinds of bytes, and values over them: each function gives what follows a value, NULL where it is none.
#
# What follows need not be a separator. All of them stop at a byte of kind OTHER; the byte behind a `bytes` is one.

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from gateway.quick.matching cimport (
    BLANK, CODES, DATE, DECIMAL, FIGURE, LETTERS, QUANTITY, TEXT, TIME, WHOLE, Codes, Value, code_of,
)

cdef enum:
    OTHER = 0
    ELEMENT = 1
    TERMINATOR = 2
    COMPONENT = 4
    REPETITION = 8
    PRINTED = 16
    DIGIT = 32
    RELEASE = 64          # the separator behind it is a character
    END = 3               # ELEMENT or TERMINATOR
    MARK = 15             # any separator
    SPECIAL = 79          # any separator, or RELEASE

cdef const uint8_t *numbered(const uint8_t *at, Value *value, const uint8_t *kind) noexcept
cdef const uint8_t *released(
    const uint8_t *first, const uint8_t *at, int64_t least, int64_t most, const uint8_t *kind
) noexcept
cdef const uint8_t *lettered(const uint8_t *at, Value *value, const uint8_t *kind) noexcept
cdef bint is_dated(const uint8_t *at, const uint8_t *end, const char *form) noexcept

cdef inline const uint8_t *valued(const uint8_t *at, Value *value, const uint8_t *kind) noexcept:
    if value.kind == TEXT:
        return text(at, value.least, value.most, kind)
    if value.kind == CODES:
        return coded(at, &value.codes, kind)
    if value.kind > TIME:
        return lettered(at, value, kind)
    return numbered(at, value, kind)

# Characters, the last one no blank.
cdef inline const uint8_t *text(const uint8_t *at, int64_t least, int64_t most, const uint8_t *kind) noexcept:
    cdef const uint8_t *first = at
    while kind[at[0]] & PRINTED:
        at += 1
    if kind[at[0]] == RELEASE:
        return released(first, at, least, most, kind)
    if at == first or not least <= at - first <= most or at[-1] == BLANK:
        return NULL
    return at

# A code of a list, of up to eight characters.
cdef inline const uint8_t *coded(const uint8_t *at, Codes *codes, const uint8_t *kind) noexcept:
    cdef uint64_t word = 0
    cdef int32_t size = 0
    while kind[at[0]] & PRINTED:
        if size == 8:
            return NULL
        word = (word << 8) | at[0]
        size += 1
        at += 1
    return at if size and code_of(codes, word) else NULL
