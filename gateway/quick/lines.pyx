"""The lines of a message's loops, from tuples into C structures, and which of them a segment stands in."""

from libc.string cimport memcmp, memcpy, memset

from gateway.quick.tree cimport VERSION, begin, release, take

version = VERSION


cdef class Cutter:
    """The loops of one message, as a table asks for them.

    levels: for each loop its lines; `ends` are header and trailer, as lines. A line is (id, number,
    most or 0, loop or -1, (element, codes) or None, name, slots, elements); an element is (divided,
    repeats, slots by component, numbers by component, None or (component, codes, slots by component
    for each code)).
    """

    def __cinit__(self, tuple levels, tuple ends):
        begin(&self.arena, <size_t>1 << 30)
        memset(self.ids, 0, sizeof(self.ids))
        for lines in levels:
            for line in lines:
                self._learn(line[0])
        self.levels = <Level *>self._room(len(levels) * sizeof(Level))
        for number, lines in enumerate(levels):
            self._level(&self.levels[<int>number], lines)
        self.ends = <Line *>self._room(2 * sizeof(Line))
        for number, line in enumerate(ends):
            self._line(&self.ends[<int>number], line)

    def __dealloc__(self):
        release(&self.arena)

    cdef void *_room(self, size_t size) except NULL:
        cdef void *found = take(&self.arena, size if size else 1)
        if found == NULL:
            raise MemoryError
        memset(found, 0, size)
        return found

    cdef int _learn(self, bytes name) except -1:
        """Give the place of a segment's id."""
        cdef uint32_t word
        cdef int32_t at
        if not 0 < len(name) <= 4 or self.known * 2 >= IDS_ROOM:
            raise ValueError("ids of up to four letters, and not so many")
        word = id_of(name, <int32_t>len(name))
        at = self._place(word)
        if self.ids[at] == 0:
            self.ids[at], self.numbers[at] = word, self.known
            self.known += 1
        return at

    cdef int32_t _place(self, uint32_t word) noexcept:
        cdef int32_t at = <int32_t>((<uint32_t>(word * <uint32_t>2654435761)) >> 22)
        while self.ids[at] != 0 and self.ids[at] != word:
            at = (at + 1) & (IDS_ROOM - 1)
        return at

    cdef int _level(self, Level *level, tuple lines) except -1:
        cdef int32_t at
        level.first = <int32_t *>self._room(self.known * sizeof(int32_t))
        level.count = <int32_t *>self._room(self.known * sizeof(int32_t))
        level.lines = <Line *>self._room(len(lines) * sizeof(Line))
        # Lines of one id stand together.
        for number, line in enumerate(sorted(lines, key=lambda line: line[0])):
            at = self.numbers[self._learn(line[0])]
            if level.count[at] == 0:
                level.first[at] = <int32_t>number
            level.count[at] += 1
            self._line(&level.lines[<int>number], line)
        return 0

    cdef int _line(self, Line *line, tuple plain) except -1:
        _, order, most, inner, chosen, name, slots, elements = plain
        line.number, line.most, line.inner = order, most if most else <int64_t>1 << 62, inner
        line.name, line.slots, line.elements = name, slots, <int32_t>len(elements)
        if line.elements > ELEMENTS_MAX:
            raise ValueError("too many elements")
        if chosen is not None:
            line.chosen = chosen[0]
            self._texts(&line.code, &line.codes, chosen[1])
        width = sum([len(one[2]) for one in elements])
        line.element = <Element *>self._room(len(elements) * sizeof(Element))
        line.slot = <int32_t *>self._room(width * sizeof(int32_t))
        line.numeric = <char *>self._room(width)
        first = 0
        for number, one in enumerate(elements):
            line.element[<int>number].first = first
            self._element(line, &line.element[<int>number], one)
            first += len(one[2])
        return 0

    cdef int _element(self, Line *line, Element *element, tuple plain) except -1:
        cdef int number
        divided, repeats, slot, numeric, named = plain
        element.divided, element.repeats, element.width = divided, repeats, <int32_t>len(slot)
        for number in range(element.width):
            line.slot[element.first + number] = slot[number]
            line.numeric[element.first + number] = numeric[number]
        if named is not None:
            element.named = <Named *>self._room(sizeof(Named))
            element.named.component = named[0]
            self._texts(&element.named.code, &element.named.codes, named[1])
            if element.named.codes > 64:
                raise ValueError("too many codes")
            element.named.slot = <int32_t *>self._room(len(named[2]) * element.width * sizeof(int32_t))
            for number, one in enumerate([slot for row in named[2] for slot in row]):
                element.named.slot[number] = one
        return 0

    cdef int _texts(self, Text **texts, int32_t *count, tuple plain) except -1:
        cdef bytes one
        count[0] = <int32_t>len(plain)
        texts[0] = <Text *>self._room(len(plain) * sizeof(Text))
        for number, one in enumerate(plain):
            texts[0][<int>number].at = <char *>self._room(len(one))
            texts[0][<int>number].size = <int32_t>len(one)
            memcpy(<void *>texts[0][<int>number].at, <char *>one, len(one))
        return 0


cdef inline uint32_t id_of(const char *at, int32_t size) noexcept:
    cdef uint32_t word = 0
    memcpy(&word, at, size)
    return word


cdef Line *find(Cutter cutter, Open *stack, int32_t *depth, Cut *pieces) noexcept:
    """Find the innermost open loop with room for a segment, and end the loops inside it."""
    cdef Text name = element_of(pieces, 0)
    cdef int32_t id, number, which
    cdef Open *inner
    cdef Line *line
    if name.size > 4 or name.size <= 0:
        return NULL
    which = cutter._place(id_of(name.at, name.size))
    if cutter.ids[which] == 0:
        return NULL
    id = cutter.numbers[which]
    while depth[0] >= 0:
        inner = &stack[depth[0]]
        for number in range(inner.level.count[id]):
            line = &inner.level.lines[inner.level.first[id] + number]
            if line.number < inner.line or (line.number == inner.line and inner.count >= line.most):
                continue
            if line.chosen and not chooses(line, pieces):
                continue
            inner.count = inner.count + 1 if line.number == inner.line else 1
            inner.line = line.number
            return line
        depth[0] -= 1
    return NULL


cdef bint chooses(Line *line, Cut *pieces) noexcept:
    cdef Text text
    cdef int32_t number
    if line.chosen > pieces.count:
        return False
    text = element_of(pieces, line.chosen)
    for number in range(line.codes):
        if line.code[number].size == text.size and memcmp(line.code[number].at, text.at, text.size) == 0:
            return True
    return False
