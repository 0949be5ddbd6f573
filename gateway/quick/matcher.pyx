"""Whether a whole transaction is without fault: what the pattern of its set says, in one pass over the bytes.

A program is the set's table as structures. The matcher goes over the segments once, without going back:
where it finds something that it does not know or that is wrong, it gives None, and the pattern is
asked. What it accepts, the pattern accepts.

No byte behind the message is read: values end at any byte that is neither printable nor a
separator, and Python ends each `bytes` with such a one. A `Ways` where it would be a separator is refused.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp

from gateway.quick.matching cimport (
    BLANK, CODES, CONDITION, DATE, DECIMAL, DEPTH_MAX, EXCLUSION, PAIRED, REQUIRED, TEXT, WHOLE,
    Choice, Codes, Level, Part, Place, Program, Relation, Row, Segment, Value, code_of,
)
from gateway.quick.tree cimport VERSION

version = VERSION

cdef enum Kind:
    OTHER = 0
    ELEMENT = 1
    TERMINATOR = 2
    COMPONENT = 4
    REPETITION = 8
    PRINTED = 16
    DIGIT = 32
    END = 3               # ELEMENT or TERMINATOR
    MARK = 15             # any separator

cdef struct Frame:
    Level *level
    int32_t at            # the place that was reached
    int64_t count         # how often it came


cdef class Ways:
    """How an interchange divides its bytes.

    table: what each byte is in our own notation, as the patterns have it; `line_end` follows each
    terminator inside a message, `gap` are bytes that may follow the last.
    """

    cdef uint8_t kind[256]
    cdef uint8_t between[256]
    cdef bytes line_end

    def __cinit__(self, bytes table not None, bytes line_end not None, bytes gap not None):
        cdef int byte
        cdef uint8_t means
        if len(table) != 256:
            raise ValueError("a table of 256 bytes")
        for byte in range(256):
            means = table[byte]
            self.between[byte] = byte in gap
            if means == 0x1D:
                self.kind[byte] = ELEMENT
            elif means == 0x1E:
                self.kind[byte] = TERMINATOR
            elif means == 0x1F:
                self.kind[byte] = COMPONENT
            elif means == 0x1C:
                self.kind[byte] = REPETITION
            elif 0x30 <= means <= 0x39:
                self.kind[byte] = PRINTED | DIGIT
            elif 0x20 <= means <= 0x7E:
                self.kind[byte] = PRINTED
            else:
                self.kind[byte] = OTHER
        if self.kind[0] != OTHER:
            raise ValueError("a zero byte ends the last value")
        self.line_end = line_end


def match(Program program not None, bytes data not None, Py_ssize_t start, Ways ways not None):
    """Match the message whose header begins at `start`; None where it may have a fault.

    Gives (trailer, segments, control as bytes and as text, whether header and trailer agree); the
    trailer is (its first byte, its terminator, the first byte of what follows).
    """
    cdef const uint8_t *kind = ways.kind
    cdef const uint8_t *first = <const uint8_t *><const char *>data
    cdef const uint8_t *end = first + len(data)
    cdef const uint8_t *gap = <const uint8_t *><const char *>ways.line_end
    cdef Py_ssize_t gap_size = len(ways.line_end)
    cdef const uint8_t *at = first + start
    cdef const uint8_t *opened
    cdef const uint8_t *closed
    cdef const uint8_t *trailer
    cdef Frame stack[DEPTH_MAX]
    cdef Place *place
    cdef Py_ssize_t stop
    cdef int32_t depth = 0
    cdef int32_t size
    cdef int64_t said = 0
    cdef int64_t segments = 1
    cdef uint32_t word
    if not 0 <= start < len(data):
        return None
    at = opening(at, program, kind, &opened, &size)
    if at == NULL:
        return None
    stack[0].level, stack[0].at, stack[0].count = &program.levels[0], 0, 0
    while True:
        # `at` is a terminator here, so it stands in front of `end`.
        at = behind(at, end, gap, gap_size)
        if at == NULL:
            return None
        trailer = at
        at = named(at, kind, &word)
        if at == NULL:
            return None
        segments += 1
        place = placed(stack, &depth, word, at, kind)
        if place == NULL:
            break
        if place.inner != NULL:
            if depth + 1 == DEPTH_MAX:
                return None
            depth += 1
            stack[depth].level, stack[depth].at, stack[depth].count = place.inner, 0, 0
        if place.segment.open:
            at = anything(at, end, kind)
        else:
            at = whole(at, place.segment, kind)
        if at == NULL:
            return None
    if depth >= 0 or word != program.trailer or kind[at[0]] != ELEMENT:
        return None
    at += 1
    closed = at
    while kind[at[0]] & DIGIT:
        if at - closed == 10:
            return None
        said = said * 10 + (at[0] - 0x30)
        at += 1
    if at == closed or kind[at[0]] != ELEMENT:
        return None
    closed = at + 1
    at = text(closed, 4, 9, kind)
    if at == NULL or kind[at[0]] != TERMINATOR:
        return None
    stop = at - first + 1
    while stop < len(data) and ways.between[first[stop]]:
        stop += 1
    agrees = at - closed == size and memcmp(opened, closed, size) == 0 and said == segments
    control = (<const char *>opened)[:size]
    return (trailer - first, at - first, stop), segments, control, control.decode("ascii"), agrees


cdef const uint8_t *opening(
    const uint8_t *at, Program program, const uint8_t *kind, const uint8_t **control, int32_t *size
) noexcept:
    """Match the header; give its terminator."""
    cdef uint32_t word
    cdef int32_t number
    cdef const uint8_t *message = <const uint8_t *><const char *>program.message
    at = named(at, kind, &word)
    if at == NULL or word != program.header or kind[at[0]] != ELEMENT:
        return NULL
    at += 1
    for number in range(<int32_t>len(program.message)):
        if at[0] != message[number] or not kind[at[0]] & PRINTED:
            return NULL
        at += 1
    if kind[at[0]] != ELEMENT:
        return NULL
    control[0] = at + 1
    at = text(control[0], 4, 9, kind)
    if at == NULL:
        return NULL
    size[0] = <int32_t>(at - control[0])
    if program.convention and kind[at[0]] == ELEMENT:
        at = text(at + 1, 1, 35, kind)
        if at == NULL:
            return NULL
    return at if kind[at[0]] == TERMINATOR else NULL


cdef inline const uint8_t *behind(
    const uint8_t *at, const uint8_t *end, const uint8_t *gap, Py_ssize_t size
) noexcept:
    """Step over a terminator and the line end that belongs to it; NULL where nothing follows."""
    at += 1
    if end - at <= size:
        return NULL
    if size and memcmp(at, gap, size) != 0:
        return NULL
    return at + size


cdef inline const uint8_t *named(const uint8_t *at, const uint8_t *kind, uint32_t *word) noexcept:
    """Read a segment's id, of two or three letters; give what follows it."""
    cdef int32_t size = 0
    cdef uint32_t found = 0
    while kind[at[0]] & PRINTED:
        if size == 4:
            return NULL
        found = (found << 8) | at[0]
        size += 1
        at += 1
    word[0] = found
    return at if kind[at[0]] & END and size else NULL


cdef Place *placed(
    Frame *stack, int32_t *depth, uint32_t word, const uint8_t *at, const uint8_t *kind
) noexcept:
    """Find the place of a segment: the next in its loop, or behind the loop. NULL, and no depth, behind all."""
    cdef Frame *frame
    cdef Place *place
    cdef Level *level
    while depth[0] >= 0:
        frame = &stack[depth[0]]
        level = frame.level
        while frame.at < level.count:
            place = &level.places[frame.at]
            if place.word == word and frame.count < place.most and (place.free or chosen(place, at, kind)):
                frame.count += 1
                return place
            if place.mandatory and frame.count == 0:
                return NULL
            frame.at += 1
            frame.count = 0
        depth[0] -= 1
    return NULL


cdef bint chosen(Place *place, const uint8_t *at, const uint8_t *kind) noexcept:
    """Tell whether the qualifiers leave a segment to this place."""
    cdef int32_t number
    if place.qualifier.codes != NULL and not says(&place.qualifier, at, kind):
        return False
    for number in range(place.others):
        if says(&place.other[number], at, kind):
            return False
    return True


cdef bint says(Choice *choice, const uint8_t *at, const uint8_t *kind) noexcept:
    """Tell whether an element of a segment is one of some codes."""
    cdef int32_t number
    for number in range(choice.at):
        if kind[at[0]] != ELEMENT:
            return False
        at += 1
        if number + 1 < choice.at:
            while kind[at[0]] & ~<int>END:
                at += 1
    at = coded(at, choice.codes, kind)
    return at != NULL and kind[at[0]] & END


cdef const uint8_t *anything(const uint8_t *at, const uint8_t *end, const uint8_t *kind) noexcept:
    """Step over a segment that has no table; only where no separator has nothing in front of it."""
    cdef uint8_t before = OTHER
    while at < end:
        if kind[at[0]] & MARK:
            if at[-1] == BLANK and before == PRINTED:
                return NULL
            if before == COMPONENT:
                return NULL
        before = kind[at[0]]
        if before == TERMINATOR:
            return at
        at += 1
    return NULL


cdef const uint8_t *whole(const uint8_t *at, Segment *segment, const uint8_t *kind) noexcept:
    """Match the elements of a segment; give its terminator."""
    cdef Row *row = &segment.row
    cdef Part *part
    cdef uint64_t present = 0
    cdef int32_t number = 0
    cdef uint8_t here
    while kind[at[0]] == ELEMENT:
        at += 1
        if number == row.count:
            return NULL
        here = kind[at[0]]
        if here == TERMINATOR:
            return NULL
        if here != ELEMENT:
            part = &row.parts[number]
            if part.plain:
                at = valued(at, part.value, kind)
            else:
                at = repeated(at, part, kind)
            if at == NULL:
                return NULL
            present |= <uint64_t>1 << number
        number += 1
    if kind[at[0]] != TERMINATOR or not holds(row, present):
        return NULL
    return at


cdef const uint8_t *repeated(const uint8_t *at, Part *part, const uint8_t *kind) noexcept:
    """Match an element that is a composite or may stand several times."""
    cdef int32_t turn
    for turn in range(part.repeat):
        at = composed(at, part.row, kind) if part.row != NULL else valued(at, part.value, kind)
        if at == NULL or kind[at[0]] != REPETITION:
            return at
        at += 1
    return NULL


cdef const uint8_t *composed(const uint8_t *at, Row *row, const uint8_t *kind) noexcept:
    """Match a composite."""
    cdef uint64_t present = 0
    cdef int32_t number
    for number in range(row.count):
        if kind[at[0]] != COMPONENT:
            at = valued(at, row.parts[number].value, kind)
            if at == NULL:
                return NULL
            present |= <uint64_t>1 << number
        if kind[at[0]] != COMPONENT:
            return at if holds(row, present) else NULL
        at += 1
    return NULL


cdef bint holds(Row *row, uint64_t present) noexcept:
    """Tell whether what is there is what usage and relations want."""
    cdef int32_t number
    cdef Relation *one
    cdef uint64_t found
    if present & row.mandatory != row.mandatory or present & row.unused:
        return False
    for number in range(row.relations):
        one = &row.relation[number]
        found = present & one.all
        if one.kind == PAIRED:
            if found and found != one.all:
                return False
        elif one.kind == REQUIRED:
            if not found:
                return False
        elif one.kind == EXCLUSION:
            if found & (found - 1):
                return False
        elif found & one.first:
            if one.kind == CONDITION:
                if found != one.all:
                    return False
            elif found == one.first:
                return False
    return True


cdef inline const uint8_t *valued(const uint8_t *at, Value *value, const uint8_t *kind) noexcept:
    """Match a value; give what follows it, which need not be a separator."""
    if value.kind == TEXT:
        return text(at, value.least, value.most, kind)
    if value.kind == CODES:
        return coded(at, &value.codes, kind)
    return numbered(at, value, kind)


cdef inline const uint8_t *text(const uint8_t *at, int64_t least, int64_t most, const uint8_t *kind) noexcept:
    """Match printable characters, the last one no blank."""
    cdef const uint8_t *first = at
    while kind[at[0]] & PRINTED:
        at += 1
    if at == first or not least <= at - first <= most or at[-1] == BLANK:
        return NULL
    return at


cdef inline const uint8_t *coded(const uint8_t *at, Codes *codes, const uint8_t *kind) noexcept:
    """Match a code of a list, of up to eight characters."""
    cdef uint64_t word = 0
    cdef int32_t size = 0
    while kind[at[0]] & PRINTED:
        if size == 8:
            return NULL
        word = (word << 8) | at[0]
        size += 1
        at += 1
    return at if size and code_of(codes, word) else NULL


cdef const uint8_t *numbered(const uint8_t *at, Value *value, const uint8_t *kind) noexcept:
    """Match a date, a time or a number."""
    cdef const uint8_t *first = at
    cdef int64_t digits
    if (value.kind == WHOLE or value.kind == DECIMAL) and at[0] == 0x2D and kind[at[0]] & PRINTED:
        first = at = at + 1
    while kind[at[0]] & DIGIT:
        at += 1
    digits = at - first
    if digits == 0:
        return NULL
    if value.kind == DATE:
        return at if digits == 8 and is_date(first) else NULL
    if value.kind == DECIMAL and at[0] == 0x2E and kind[at[0]] & PRINTED:
        at += 1
        while kind[at[0]] & DIGIT:
            at += 1
            digits += 1
    elif value.kind > DECIMAL:
        return at if is_time(first, digits) else NULL
    return at if value.least <= digits <= value.most else NULL


cdef inline int32_t two(const uint8_t *at) noexcept:
    return (at[0] - 0x30) * 10 + (at[1] - 0x30)


cdef bint is_date(const uint8_t *at) noexcept:
    """Tell whether eight digits are a day of a year from 1 on."""
    cdef int32_t century = two(at)
    cdef int32_t year = century * 100 + two(at + 2)
    cdef int32_t month = two(at + 4)
    cdef int32_t day = two(at + 6)
    if year == 0 or not 1 <= month <= 12 or day < 1:
        return False
    if month == 2:
        return day <= (29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28)
    return day <= (30 if month == 4 or month == 6 or month == 9 or month == 11 else 31)


cdef bint is_time(const uint8_t *at, int64_t digits) noexcept:
    """Tell whether digits are hours and minutes, and perhaps seconds and parts of them."""
    if not (digits == 4 or 6 <= digits <= 8) or two(at) > 23 or two(at + 2) > 59:
        return False
    return digits == 4 or two(at + 4) <= 59
