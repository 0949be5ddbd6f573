"""Whether a whole message is without fault: what its pattern says, in one pass over the bytes.

A program is the message's table as structures. The matcher goes over the segments once, without going back:
where it finds something that it does not know or that is wrong, it gives None, and the pattern is
asked. What it accepts, the pattern accepts.

No byte behind the message is read: values end at any byte that is neither printable nor a
separator, and Python ends each `bytes` with such a one. A `Ways` where it would be a separator is refused.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp

from gateway.quick.kinds cimport (
    COMPONENT, DIGIT, ELEMENT, END, MARK, OTHER, PRINTED, RELEASE, REPETITION, TERMINATOR, coded,
    is_dated, valued,
)
from gateway.quick.matching cimport (
    BLANK, CONDITION, DEPTH_MAX, EXCLUSION, PAIRED, REQUIRED, Choice, Dated, Level, Part, Place,
    Program, Relation, Row, Segment, code_of,
)
from gateway.quick.tree cimport VERSION

version = VERSION

cdef struct Frame:
    Level *level
    int32_t at            # the place that was reached
    int64_t count         # how often it came


cdef class Ways:
    """How an interchange divides its bytes.

    table: what each byte is in our own notation, as the patterns have it; `release` has no meaning in it.
    `line_end` follows each terminator inside a message, `gap` are bytes that may follow the last.
    """

    cdef uint8_t kind[256]
    cdef uint8_t between[256]
    cdef bytes line_end

    def __cinit__(self, bytes table not None, bytes line_end not None, bytes gap not None, bytes release=b""):
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
        for means in release or b"":
            if self.kind[means] & MARK:
                raise ValueError("a separator that takes meaning away")
            self.kind[means] = RELEASE
        if self.kind[0] != OTHER:
            raise ValueError("a zero byte ends the last value")
        self.line_end = line_end


def match(Program program not None, bytes data not None, Py_ssize_t start, Ways ways not None):
    """Match the message whose header begins at `start`; None where it may have a fault.

    Gives (trailer, segments, control, whether header and trailer agree in it and in the count); the
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
    cdef int32_t size, length
    cdef int64_t said
    cdef int64_t segments = 1
    cdef uint32_t word
    if not 0 <= start < len(data):
        return None
    at = named(at, kind, &word)
    if at == NULL or word != program.header:
        return None
    opened = at
    at = whole(at, program.opening, kind)
    if at == NULL:
        return None
    opened = element(opened, program.control, kind, &size)
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
    if depth >= 0 or word != program.trailer:
        return None
    closed = at
    at = whole(at, program.closing, kind)
    if at == NULL:
        return None
    said = count(element(closed, 1, kind, &length), kind)
    closed = element(closed, 2, kind, &length)
    stop = at - first + 1
    while stop < len(data) and ways.between[first[stop]]:
        stop += 1
    agrees = 0 < size == length and memcmp(opened, closed, size) == 0 and said == segments
    control = (<const char *>opened)[:size]
    return (trailer - first, at - first, stop), segments, control, agrees


def holds_all(
    Program program not None, int number, bytes data not None, Py_ssize_t at, Py_ssize_t end, Ways ways not None
):
    """Tell whether a segment is what its table says, from the byte behind its id on to its terminator.

    `number` is that of its table in the program. False is: perhaps not, and nothing is known of the code that
    chooses where the segment stands.
    """
    cdef const uint8_t *first = <const uint8_t *><const char *>data
    cdef Segment *segment
    if not 0 <= number < program.segments or not 0 <= at <= end < len(data):
        return False
    segment = &program.table[number]
    return segment.open or whole(first + at, segment, ways.kind) == first + end


cdef const uint8_t *element(const uint8_t *at, int32_t number, const uint8_t *kind, int32_t *size) noexcept:
    """Find an element, from 1, of a segment that was matched; its size is 0 where it is not just characters."""
    cdef const uint8_t *first
    cdef int32_t turn
    size[0] = 0
    for turn in range(number):
        if kind[at[0]] != ELEMENT:
            return at
        at += 1
        if turn + 1 < number:
            while not kind[at[0]] & END:
                at += 2 if kind[at[0]] == RELEASE else 1
    first = at
    while kind[at[0]] & PRINTED:
        at += 1
    if kind[at[0]] & END:
        size[0] = <int32_t>(at - first)
    return first


cdef int64_t count(const uint8_t *at, const uint8_t *kind) noexcept:
    """Give the number of up to ten digits that stands somewhere, -1 for anything else."""
    cdef int64_t found = 0
    cdef int32_t size = 0
    while kind[at[0]] & DIGIT:
        if size == 10:
            return -1
        found = found * 10 + (at[0] - 0x30)
        size += 1
        at += 1
    return found if size and kind[at[0]] & END else -1


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
    cdef const uint8_t *first = at
    for number in range(row.count):
        if kind[at[0]] != COMPONENT:
            at = valued(at, row.parts[number].value, kind)
            if at == NULL:
                return NULL
            present |= <uint64_t>1 << number
        if kind[at[0]] != COMPONENT:
            if not holds(row, present) or (row.dated != NULL and not timely(first, row.dated, present, kind)):
                return NULL
            return at
        at += 1
    return NULL


cdef bint timely(const uint8_t *at, Dated *dated, uint64_t present, const uint8_t *kind) noexcept:
    """Tell whether the date of a composite that was matched is one of its form, where it says one."""
    cdef const uint8_t *date = NULL
    cdef const uint8_t *end = NULL
    cdef uint64_t word = 0
    cdef int32_t number = 0
    cdef int32_t size = 0
    cdef int32_t found
    if not (present >> dated.date & 1 and present >> dated.code & 1):
        return True
    while number <= dated.date or number <= dated.code:
        if number == dated.date:
            date = at
        while kind[at[0]] & (PRINTED | RELEASE):
            if number == dated.code:
                if kind[at[0]] == RELEASE or size == 8:
                    return False
                word = (word << 8) | at[0]
                size += 1
            at += 2 if kind[at[0]] == RELEASE else 1
        if number == dated.date:
            end = at
        number += 1
        at += 1
    found = code_of(&dated.codes, word)
    return not found or is_dated(date, end, dated.form[found])


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
