"""Characters for references in the texts of XML: those that a document without a DTD can have."""

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memchr, memcmp

from gateway.quick.tree cimport VERSION, Arena, Text, take

version = VERSION

cdef enum:
    REFERENCE_MAX = 10    # characters from & to ;, enough for every one without zeros before it


cdef bint referring(Arena *arena, Text *text, const char *at, const char *end, bint spaced) noexcept:
    """Copy a text with characters for references. What they make is never longer than they are."""
    cdef char *made = <char *>take(arena, end - at)
    cdef char *to = made
    cdef const char *stop
    if made == NULL:
        return False
    while at < end:
        if at[0] == c'&':
            stop = <const char *>memchr(at, c';', end - at if end - at < REFERENCE_MAX else REFERENCE_MAX)
            if stop == NULL or not character(at + 1, stop - at - 1, &to):
                return False
            at = stop + 1
        else:
            to[0] = c' ' if spaced and blank(at[0]) else at[0]
            to += 1
            at += 1
    text.at, text.size = made, <int32_t>(to - made)
    return True


cdef bint character(const char *at, Py_ssize_t size, char **to) noexcept:
    """Write the character of one reference as UTF-8."""
    cdef uint64_t code = 0
    if size == 2 and at[1] == c't' and (at[0] == c'l' or at[0] == c'g'):
        code = c'<' if at[0] == c'l' else c'>'
    elif size == 3 and memcmp(at, b"amp", 3) == 0:
        code = c'&'
    elif size == 4 and memcmp(at, b"quot", 4) == 0:
        code = c'"'
    elif size == 4 and memcmp(at, b"apos", 4) == 0:
        code = c"'"
    elif size > 1 and at[0] == c'#':
        code = numbered(at + 1, size - 1)
    return code and utf8(code, to)


cdef uint64_t numbered(const char *at, Py_ssize_t size) noexcept:
    """Give the number of a reference by number, 0 where it is none."""
    cdef uint64_t code = 0
    cdef uint64_t base = 10
    cdef Py_ssize_t turn = 0
    cdef int digit
    if at[0] == c'x':
        base, turn = 16, 1
    if turn == size:
        return 0
    while turn < size:
        digit = at[turn]
        if c'0' <= digit <= c'9':
            digit -= c'0'
        elif base == 16 and (c'a' <= digit <= c'f' or c'A' <= digit <= c'F'):
            digit = (digit | 0x20) - c'a' + 10
        else:
            return 0
        code = code * base + <uint64_t>digit
        turn += 1
    return code


cdef bint utf8(uint64_t code, char **to) noexcept:
    cdef char *at = to[0]
    if code < 0x80:
        at[0] = <char>code
        to[0] = at + 1
    elif code < 0x800:
        at[0], at[1] = <char>(0xC0 | code >> 6), <char>(0x80 | code & 0x3F)
        to[0] = at + 2
    elif code < 0x10000:
        if 0xD800 <= code < 0xE000:
            return False
        at[0], at[1] = <char>(0xE0 | code >> 12), <char>(0x80 | code >> 6 & 0x3F)
        at[2] = <char>(0x80 | code & 0x3F)
        to[0] = at + 3
    elif code < 0x110000:
        at[0], at[1] = <char>(0xF0 | code >> 18), <char>(0x80 | code >> 12 & 0x3F)
        at[2], at[3] = <char>(0x80 | code >> 6 & 0x3F), <char>(0x80 | code & 0x3F)
        to[0] = at + 4
    else:
        return False
    return True
