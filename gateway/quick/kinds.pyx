"""Values: numbers, letters, dates and times of each kind. See kinds.pxd."""

from libc.string cimport memchr

from gateway.quick.tree cimport VERSION

version = VERSION

cdef enum:
    MINUS = 0x2D
    POINT = 0x2E
    ZERO = 0x30


cdef const uint8_t *numbered(const uint8_t *at, Value *value, const uint8_t *kind) noexcept:
    """Match a date, a time or a number; sign and mark do not count in its length."""
    cdef const uint8_t *first = at
    cdef int64_t digits
    if (value.kind == WHOLE or value.kind == DECIMAL) and at[0] == MINUS and kind[at[0]] & PRINTED:
        first = at = at + 1
    while kind[at[0]] & DIGIT:
        at += 1
    digits = at - first
    if digits == 0:
        return NULL
    if value.kind == DATE:
        return at if digits == 8 and is_date(first) else NULL
    if value.kind == TIME:
        return at if is_time(first, digits) else NULL
    if value.kind == DECIMAL and at[0] == POINT and kind[at[0]] & PRINTED:
        at += 1
        while kind[at[0]] & DIGIT:
            at += 1
            digits += 1
    return at if value.least <= digits <= value.most else NULL


cdef const uint8_t *lettered(const uint8_t *at, Value *value, const uint8_t *kind) noexcept:
    """Match letters, a number with a mark of this message between its digits, or text without a mark of others."""
    cdef const uint8_t *first = at
    cdef int64_t digits
    if value.kind == QUANTITY:
        at = text(at, value.least, value.most, kind)
        if at != NULL and memchr(first, value.marks[0], at - first) != NULL:
            return NULL
        return at
    if value.kind != FIGURE:
        while kind[at[0]] & PRINTED and (65 <= at[0] <= 90 or (value.kind == LETTERS and 97 <= at[0] <= 122)):
            at += 1
        return at if value.least <= at - first <= value.most else NULL
    if at[0] == MINUS and kind[at[0]] & PRINTED:
        first = at = at + 1
    while kind[at[0]] & DIGIT:
        at += 1
    digits = at - first
    if digits == 0:
        return NULL
    if kind[at[0]] & PRINTED and (at[0] == value.marks[0] or at[0] == value.marks[1]):
        first = at = at + 1
        while kind[at[0]] & DIGIT:
            at += 1
        if at == first:
            return NULL
        digits += at - first
    return at if value.least <= digits <= value.most else NULL


cdef const uint8_t *released(
    const uint8_t *first, const uint8_t *at, int64_t least, int64_t most, const uint8_t *kind
) noexcept:
    """Match the rest of a text from its first released character on."""
    cdef int64_t count = 0
    while kind[at[0]] == RELEASE:
        if not kind[at[1]] & SPECIAL:
            return NULL
        at += 2
        count += 1
        while kind[at[0]] & PRINTED:
            at += 1
    if not least <= at - first - count <= most or at[-1] == BLANK:
        return NULL
    return at


cdef inline int32_t two(const uint8_t *at) noexcept:
    return (at[0] - ZERO) * 10 + (at[1] - ZERO)


cdef bint is_day(int32_t year, int32_t month, int32_t day) noexcept:
    """Tell whether there is such a day; the year 0 leaps."""
    if not 1 <= month <= 12 or day < 1:
        return False
    if month == 2:
        return day <= (29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28)
    return day <= (30 if month == 4 or month == 6 or month == 9 or month == 11 else 31)


cdef bint is_date(const uint8_t *at) noexcept:
    """Tell whether eight digits are a day of a year from 1 on."""
    cdef int32_t year = two(at) * 100 + two(at + 2)
    return year != 0 and is_day(year, two(at + 4), two(at + 6))


cdef bint is_time(const uint8_t *at, int64_t digits) noexcept:
    """Tell whether digits are hours and minutes, and perhaps seconds and parts of them."""
    if not (digits == 4 or 6 <= digits <= 8) or two(at) > 23 or two(at + 2) > 59:
        return False
    return digits == 4 or two(at + 4) <= 59


cdef bint is_dated(const uint8_t *at, const uint8_t *end, const char *form) noexcept:
    """Tell whether a text is a date of a form, which is a letter for each part of it."""
    cdef int64_t size
    while form[0]:
        if form[0] == b"-":
            if at < end and at[0] == MINUS:
                at += 1
            form += 1
            continue
        size = 8 if form[0] == b"D" else 6 if form[0] == b"d" or form[0] == b"r" else 2
        if form[0] == b"T" or form[0] == b"Y":
            size = 4
        elif form[0] == b"Z":
            size = 3
        if end - at < size or not is_part(at, size, form[0]):
            return False
        at += size
        form += 1
    return at == end


cdef bint is_part(const uint8_t *at, int64_t size, char part) noexcept:
    """Tell whether so many bytes are one part of a date."""
    cdef int64_t number
    for number in range(size):
        if not (65 <= at[number] <= 90 if part == b"Z" else ZERO <= at[number] <= ZERO + 9):
            return False
    if part == b"D":
        return is_date(at)
    if part == b"d":
        return is_day(two(at), two(at + 2), two(at + 4))
    if part == b"r":
        return is_day(two(at + 4), two(at + 2), two(at))
    if part == b"T":
        return two(at) <= 23 and two(at + 2) <= 59
    if part == b"S":
        return two(at) <= 59
    if part == b"M":
        return 1 <= two(at) <= 12
    if part == b"W":
        return 1 <= two(at) <= 53
    return part == b"Y" or part == b"Z"
