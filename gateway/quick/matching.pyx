"""A message's table from tuples into C structures, for `matcher`."""

from libc.string cimport memset

from gateway.quick.tree cimport VERSION, begin, release, take

version = VERSION

cdef dict KINDS = {
    "text": TEXT, "codes": CODES, "digits": DIGITS, "whole": WHOLE,
    "decimal": DECIMAL, "date": DATE, "time": TIME, "upper": UPPER, "letters": LETTERS, "figure": FIGURE,
    "quantity": QUANTITY,
}
cdef dict RELATIONS = {"P": PAIRED, "R": REQUIRED, "E": EXCLUSION, "C": CONDITION, "L": LIST}


cdef class Program:
    """The table of one message.

    ends: (id of the header, number of its segment, which of its elements is the control number, id of the trailer,
    number of its segment); the trailer has the count first, then the control number.
    values: (kind, least, most, codes), a `figure` and a `quantity` have marks for codes. segments: (open, row), a
    row is (parts, relations, dated), a part (usage, repeat, number of its value or -1, row of its components or None),
    a relation (kind, positions), dated None or (component of the date, component of the code, codes, forms) from 0.
    levels: for each loop its places, the message itself first; a place is (id, mandatory, most or 0, number of its
    segment, number of its loop or -1, (element, codes) or None, such pairs of places above).
    """

    def __cinit__(self, tuple ends, tuple values, tuple segments, tuple levels):
        cdef Value *value
        cdef Segment *segment
        cdef int opening, closing
        begin(&self.arena, <size_t>1 << 28)
        if not levels:
            raise ValueError("a message has a loop: itself")
        self.kept = segments
        header, opening, self.control, trailer, closing = ends
        self.header, self.trailer = <uint32_t>word_of(header), <uint32_t>word_of(trailer)
        if not (0 <= opening < len(segments) and 0 <= closing < len(segments)):
            raise IndexError("no such segment")
        value = <Value *>self._room(len(values) * sizeof(Value))
        for number, plain in enumerate(values):
            self._value(&value[<int>number], plain)
        segment = <Segment *>self._room(len(segments) * sizeof(Segment))
        for number, plain in enumerate(segments):
            segment[<int>number].open = plain[0]
            self._row(&segment[<int>number].row, plain[1], value, len(values))
        self.opening, self.closing = &segment[opening], &segment[closing]
        self.table, self.segments = segment, len(segments)
        self.counted = len(levels)
        self.levels = <Level *>self._room(len(levels) * sizeof(Level))
        for number, plain in enumerate(levels):
            self.levels[<int>number].count = <int32_t>len(plain)
            self.levels[<int>number].places = <Place *>self._room(len(plain) * sizeof(Place))
            for at, place in enumerate(plain):
                self._place(&self.levels[<int>number].places[<int>at], place, segment)

    def __dealloc__(self):
        release(&self.arena)

    cdef void *_room(self, size_t size) except NULL:
        cdef void *found = take(&self.arena, size if size else 1)
        if found == NULL:
            raise MemoryError
        memset(found, 0, size)
        return found

    cdef int _codes(self, Codes *into, tuple codes) except -1:
        """Keep codes in a table that is at most half full."""
        cdef uint64_t word, at
        cdef int32_t bits = 2
        while (<uint64_t>1 << bits) < <uint64_t>(2 * len(codes) + 1):
            bits += 1
        into.shift = 64 - bits
        into.mask = (<uint64_t>1 << bits) - 1
        into.table = <uint64_t *>self._room((<size_t>1 << bits) * sizeof(uint64_t))
        into.number = <int32_t *>self._room((<size_t>1 << bits) * sizeof(int32_t))
        for number, code in enumerate(codes, 1):
            word = word_of(code)
            at = (word * <uint64_t>0x9E3779B97F4A7C15) >> into.shift
            while into.table[at] != 0 and into.table[at] != word:
                at = (at + 1) & into.mask
            into.table[at], into.number[at] = word, number
        return 0

    cdef int _value(self, Value *into, tuple plain) except -1:
        kind, into.least, into.most, codes = plain
        into.kind = KINDS[kind]
        if into.kind == CODES:
            self._codes(&into.codes, codes)
        else:
            for number, mark in enumerate(codes):
                into.marks[<int>number & 1] = ord(mark)
        return 0

    cdef int _row(self, Row *into, tuple plain, Value *values, int known) except -1:
        cdef int number
        cdef Relation *relation
        parts, relations, dated = plain
        if len(parts) > PARTS_MAX:
            raise ValueError("too many elements")
        into.count, into.relations = <int32_t>len(parts), <int32_t>len(relations)
        into.parts = <Part *>self._room(len(parts) * sizeof(Part))
        for number, (usage, repeat, value, row) in enumerate(parts):
            # `!` is both: what holds it is never accepted.
            if usage in "M!":
                into.mandatory |= <uint64_t>1 << number
            if usage in "N!":
                into.unused |= <uint64_t>1 << number
            if row is None:
                if not 0 <= value < known:
                    raise IndexError("no such value")
                into.parts[number].value = &values[<int>value]
            into.parts[number].repeat = repeat
            into.parts[number].plain = repeat == 1 and row is None
            if row is not None:
                into.parts[number].row = <Row *>self._room(sizeof(Row))
                self._row(into.parts[number].row, row, values, known)
        into.relation = <Relation *>self._room(len(relations) * sizeof(Relation))
        for number, (kind, positions) in enumerate(relations):
            relation = &into.relation[number]
            relation.kind = RELATIONS[kind]
            for position in positions:
                if not 0 < position <= len(parts):
                    raise IndexError("no such position")
                relation.all |= <uint64_t>1 << (<int>position - 1)
            relation.first = <uint64_t>1 << (<int>positions[0] - 1)
        if dated is not None:
            self._dated(into, dated)
        return 0

    cdef int _dated(self, Row *into, tuple plain) except -1:
        cdef bytes form
        date, code, codes, forms = plain
        if not (0 <= date < into.count and 0 <= code < into.count and len(codes) == len(forms)):
            raise IndexError("no such component")
        into.dated = <Dated *>self._room(sizeof(Dated))
        into.dated.date, into.dated.code = date, code
        self._codes(&into.dated.codes, codes)
        into.dated.form = <const char **>self._room((len(forms) + 1) * sizeof(char *))
        for number, form in enumerate(forms, 1):
            into.dated.form[<int>number] = form
        return 0

    cdef int _choice(self, Choice *into, tuple plain) except -1:
        into.at = plain[0]
        if into.at < 1:
            raise ValueError("elements count from 1")
        into.codes = <Codes *>self._room(sizeof(Codes))
        return self._codes(into.codes, plain[1])

    cdef int _place(self, Place *into, tuple plain, Segment *segments) except -1:
        cdef int number, inner
        name, into.mandatory, most, number, inner, qualifier, others = plain
        if not 0 <= number < self.segments or not -1 <= inner < self.counted:
            raise IndexError("no such segment or loop")
        if len(name) > 4:
            raise ValueError("ids of up to four letters")
        into.word = <uint32_t>word_of(name)
        into.most = most if most else <int64_t>1 << 62
        into.segment = &segments[number]
        into.inner = &self.levels[inner] if inner >= 0 else NULL
        into.free = qualifier is None and not others
        if qualifier is not None:
            self._choice(&into.qualifier, qualifier)
        into.others = <int32_t>len(others)
        into.other = <Choice *>self._room(len(others) * sizeof(Choice))
        for number, one in enumerate(others):
            self._choice(&into.other[number], one)
        return 0


cdef uint64_t word_of(bytes code) except 0:
    """Give a code as a number; no code is 0."""
    cdef uint64_t word = 0
    if not 0 < len(code) <= CODE_MAX or b"\0" in code:
        raise ValueError("codes of up to eight characters")
    for byte in code:
        word = (word << 8) | <uint64_t>byte
    return word
