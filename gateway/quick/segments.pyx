"""Messages of segments, cut and nested: what `formats/x12/nest.py` does, without objects of Python.

Only for what the pattern of a message has accepted: every terminator is followed by the same line
end, and every segment has its place. `cut` gives None for what it does not do: bytes beyond ASCII, an
element that is divided further.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memchr, memcmp, memcpy, memset

from gateway.quick.tree cimport VERSION, Arena, Node, Text, Tree, add, begin, release, take

version = VERSION

cdef enum:
    ELEMENTS_MAX = 128
    DEPTH_MAX = 32
    IDS_ROOM = 1024

# One line of a loop: which segment, how often, the loop that it opens, and what is kept of it.
cdef struct Line:
    int32_t number        # among the lines of its loop; several have one number where a code tells them apart
    int32_t inner         # the loop that it opens, -1
    int64_t most
    int32_t chosen        # the element whose text tells it apart, 0 where none does
    int32_t codes
    Text *code
    int32_t name          # the number of its name, -1 where nobody asks
    int32_t slots
    int32_t elements
    int32_t *slot         # by element, -1 where nobody asks
    char *divided         # by element, whether it may hold more than one leaf
    int32_t open          # whether a trailing element beyond these may stand: it is no leaf

cdef struct Level:
    int32_t *first        # by the number of a segment's id: its first line, -1
    int32_t *count
    Line *lines

cdef struct Open:
    Level *level
    int64_t count
    int32_t line
    Node *node            # NULL where nobody asks for what is in it
    Node *kept            # the nearest node that somebody asks for


cdef class Cutter:
    """The loops of one message, as a table asks for them.

    levels: for each loop its lines (id, number, most or 0, loop or -1, (element, codes) or None, name,
    slots, slot by element, divided by element); `ends` are header and trailer, as lines.
    """

    cdef Arena arena
    cdef Level *levels
    cdef Line *ends
    cdef uint32_t ids[IDS_ROOM]
    cdef int32_t numbers[IDS_ROOM]
    cdef int32_t known

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
        ordered = sorted(lines, key=lambda line: line[0])
        for number, line in enumerate(ordered):
            at = self.numbers[self._learn(line[0])]
            if level.count[at] == 0:
                level.first[at] = <int32_t>number
            level.count[at] += 1
            self._line(&level.lines[<int>number], line)
        return 0

    cdef int _line(self, Line *line, tuple plain) except -1:
        cdef int number
        _, order, most, inner, chosen, name, slots, slot, divided = plain
        line.number, line.most, line.inner = order, most if most else <int64_t>1 << 62, inner
        line.name, line.slots, line.elements = name, slots, <int32_t>len(slot)
        if line.elements > ELEMENTS_MAX:
            raise ValueError("too many elements")
        line.slot = <int32_t *>self._room(len(slot) * sizeof(int32_t))
        line.divided = <char *>self._room(len(slot))
        for number in range(line.elements):
            line.slot[number], line.divided[number] = slot[number], divided[number]
        if chosen is not None:
            line.chosen, line.codes = chosen[0], <int32_t>len(chosen[1])
            line.code = <Text *>self._room(len(chosen[1]) * sizeof(Text))
            for number in range(line.codes):
                code = <bytes>chosen[1][number]
                line.code[number].at = <char *>self._room(len(code))
                line.code[number].size = <int32_t>len(code)
                memcpy(<void *>line.code[number].at, <char *>code, len(code))
        return 0


cdef inline uint32_t id_of(const char *at, int32_t size) noexcept:
    cdef uint32_t word = 0
    memcpy(&word, at, size)
    return word


cdef struct Cut:
    const char *start[ELEMENTS_MAX + 1]   # the id first; the last one is where the segment ends, plus 1
    int32_t count                         # elements behind the id


cdef inline Text element_of(Cut *cut, int32_t number) noexcept:
    cdef Text found
    found.at = cut.start[number]
    found.size = <int32_t>(cut.start[number + 1] - cut.start[number] - 1)
    found.flags = 0
    return found


def cut(Cutter cutter, bytes data, Py_ssize_t start, tuple trailer, tuple marks, int gap):
    """Cut one message, from its header's first byte on; None for what is not done here.

    `trailer` is where its last segment begins and ends, `marks` are the bytes that divide elements,
    end a segment, and divide an element further (0 where none does); `gap` is the length of what
    ends a segment, line end included.
    """
    cdef Tree tree = Tree(data)
    cdef Open stack[DEPTH_MAX]
    cdef const char *at = <const char *>data + start
    cdef const char *last = <const char *>data + <Py_ssize_t>trailer[0]
    cdef const char *end = <const char *>data + <Py_ssize_t>trailer[1]
    cdef char marked[4]
    cdef int32_t depth = 0
    cdef Cut pieces
    cdef Line *line
    cdef int number
    for number in range(4):
        marked[number] = <char><int>marks[number]
    if not (0 <= start < trailer[0] < trailer[1] <= len(data)) or len(data) > (1 << 30):
        return None
    stack[0].level, stack[0].count, stack[0].line = &cutter.levels[0], 0, -1
    stack[0].node = stack[0].kept = &tree.root
    at = scan(at, last, marked, &pieces)
    if at == NULL or not kept(&tree.arena, &tree.root, &cutter.ends[0], &pieces, marked):
        return None
    at += gap
    while at < last:
        at = scan(at, last, marked, &pieces)
        if at == NULL:
            return None
        at += gap
        line = find(cutter, stack, &depth, &pieces)
        if line == NULL:
            return None
        if line.inner >= 0:
            if depth + 1 == DEPTH_MAX or not opened(tree, &stack[depth], &stack[depth + 1], line):
                return None
            depth += 1
            stack[depth].level = &cutter.levels[line.inner]
        if line.name >= 0 and stack[depth].node != NULL:
            if not kept(&tree.arena, stack[depth].node, line, &pieces, marked):
                return None
        else:
            stack[depth].kept.leaves += leaves_in(&pieces)
    if at != last or scan(last, end, marked, &pieces) == NULL:
        return None
    if not kept(&tree.arena, &tree.root, &cutter.ends[1], &pieces, marked):
        return None
    return tree


cdef const char *scan(const char *at, const char *end, char *marks, Cut *pieces) noexcept:
    """Find the elements of a segment; give where its terminator stands (or `end`), NULL for what is not taken."""
    cdef char element = marks[0]
    cdef char terminator = marks[1]
    cdef char byte
    cdef int32_t count = 0
    cdef unsigned char seen = 0
    pieces.start[0] = at
    while at < end:
        byte = at[0]
        seen |= <unsigned char>byte
        if byte == element:
            count += 1
            if count == ELEMENTS_MAX:
                return NULL
            pieces.start[count] = at + 1
        elif byte == terminator:
            break
        at += 1
    if seen & 0x80:
        return NULL
    pieces.start[count + 1] = at + 1
    pieces.count = count
    return at


cdef inline int32_t leaves_in(Cut *pieces) noexcept:
    cdef int32_t number, found = 0
    for number in range(1, pieces.count + 1):
        found += pieces.start[number + 1] - pieces.start[number] > 1
    return found


cdef bint opened(Tree tree, Open *around, Open *inside, Line *line) noexcept:
    """Open the loop that a segment opens."""
    inside.count, inside.line = 0, -1
    inside.node, inside.kept = NULL, around.kept
    if line.name >= 0 and around.node != NULL:
        inside.node = inside.kept = add(&tree.arena, around.node, line.name, 0)
        return inside.node != NULL
    return True


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


cdef bint kept(Arena *arena, Node *around, Line *line, Cut *pieces, char *marks) noexcept:
    """Keep what is asked of a segment; False where an element is divided, or memory has ended."""
    cdef Node *node
    cdef int32_t number, slot
    cdef int32_t count = pieces.count if pieces.count < line.elements else line.elements
    cdef Text text
    if line.name < 0:
        return True
    node = add(arena, around, line.name, line.slots)
    if node == NULL:
        return False
    for number in range(count):
        text = element_of(pieces, number + 1)
        if text.size == 0:
            continue
        node.leaves += 1
        if line.divided[number] and (
            marks[2] and memchr(text.at, marks[2], text.size) != NULL
            or marks[3] and memchr(text.at, marks[3], text.size) != NULL
        ):
            return False
        slot = line.slot[number]
        if slot >= 0:
            node.values[slot] = text
    return True
