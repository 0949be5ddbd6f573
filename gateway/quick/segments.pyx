"""Messages of segments, cut and nested: what `nest.py` and `grammar.build` do, without objects of Python.

Only for what the pattern of a message has accepted. `cut` gives None for what it does not do: an
element that is repeated, a repertoire whose letters beyond ASCII would have to be looked up.
"""

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memchr, memcmp, memcpy

from gateway.quick.lines cimport (
    DEPTH_MAX, ELEMENTS_MAX, Cut, Cutter, Element, Line, Named, Open, element_of, find,
)
from gateway.quick.tree cimport VERSION, Node, Text, Tree, add, take

version = VERSION

cdef enum Letters:
    ASCII = 0     # nothing else is taken
    UTF8 = 1
    LATIN1 = 2

# The bytes that mean something, 0 where an interchange has none, and the ways of an interchange.
cdef struct Marks:
    char element
    char terminator
    char component
    char repetition
    char release
    int32_t comma         # whether a comma may be a decimal mark
    int32_t letters
    int32_t gap           # bytes behind each terminator, -1 for as many line ends and blanks as there are


def cut(Cutter cutter, bytes data, Py_ssize_t start, tuple trailer, tuple ways):
    """Cut one message, from its header's first byte on; None for what is not done here.

    `trailer` is where its last segment begins and ends; `ways` are what `Marks` has.
    """
    cdef Tree tree = Tree(data)
    cdef Open stack[DEPTH_MAX]
    cdef const char *at = <const char *>data + start
    cdef const char *last = <const char *>data + <Py_ssize_t>trailer[0]
    cdef const char *end = <const char *>data + <Py_ssize_t>trailer[1]
    cdef int32_t depth = 0
    cdef Cut pieces
    cdef Line *line
    cdef Marks marks
    if not (0 <= start < trailer[0] < trailer[1] <= len(data)) or len(data) > (1 << 30):
        return None
    marks.element, marks.terminator = <char><int>ways[0], <char><int>ways[1]
    marks.component, marks.repetition = <char><int>ways[2], <char><int>ways[3]
    marks.release = <char><int>ways[4]
    marks.comma, marks.letters, marks.gap = ways[5], ways[6], ways[7]
    stack[0].level, stack[0].count, stack[0].line = &cutter.levels[0], 0, -1
    stack[0].node = stack[0].kept = &tree.root
    at = scan(at, last, &marks, &pieces)
    if at == NULL or not kept(tree, &tree.root, &cutter.ends[0], &pieces, &marks):
        return None
    at = behind(at, last, &marks)
    while at < last:
        at = scan(at, last, &marks, &pieces)
        if at == NULL:
            return None
        at = behind(at, last, &marks)
        line = find(cutter, stack, &depth, &pieces)
        if line == NULL:
            return None
        if line.inner >= 0:
            if depth + 1 == DEPTH_MAX or not opened(tree, &stack[depth], &stack[depth + 1], line):
                return None
            depth += 1
            stack[depth].level = &cutter.levels[line.inner]
        if line.name >= 0 and stack[depth].node != NULL:
            if not kept(tree, stack[depth].node, line, &pieces, &marks):
                return None
        else:
            stack[depth].kept.leaves += leaves_in(&pieces)
    if at != last or scan(last, end, &marks, &pieces) == NULL:
        return None
    if not kept(tree, &tree.root, &cutter.ends[1], &pieces, &marks):
        return None
    return tree


cdef const char *scan(const char *at, const char *end, Marks *marks, Cut *pieces) noexcept:
    """Find the elements of a segment; give where its terminator stands (or `end`), NULL for what is not taken."""
    cdef char element = marks.element
    cdef char terminator = marks.terminator
    cdef char release = marks.release
    cdef char byte
    cdef int32_t count = 0
    cdef unsigned char seen = 0
    pieces.start[0] = at
    pieces.released = False
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
        elif byte == release and release:
            pieces.released = True
            at += 1
            if at >= end:
                return NULL
            seen |= <unsigned char>at[0]
        at += 1
    pieces.beyond = (seen & 0x80) != 0
    if pieces.beyond and marks.letters == ASCII:
        return NULL
    pieces.start[count + 1] = at + 1
    pieces.count = count
    return at


cdef inline const char *behind(const char *at, const char *end, Marks *marks) noexcept:
    """Give what follows the terminator at a place."""
    if marks.gap >= 0:
        return at + marks.gap + 1
    at += 1
    while at < end and (at[0] == c'\r' or at[0] == c'\n' or at[0] == c'\t' or at[0] == c' '):
        if at[0] == marks.terminator:
            break
        at += 1
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


cdef bint kept(Tree tree, Node *around, Line *line, Cut *pieces, Marks *marks) noexcept:
    """Keep what is asked of a segment; False where an element is repeated, or memory has ended."""
    cdef Node *node
    cdef Element *element
    cdef int32_t number
    cdef int32_t count = pieces.count if pieces.count < line.elements else line.elements
    cdef uint64_t taken = 0
    cdef Text text
    # Nothing in the segment means anything but itself.
    cdef bint simple = not (pieces.released or pieces.beyond or marks.comma)
    if line.name < 0:
        return True
    node = add(&tree.arena, around, line.name, line.slots)
    if node == NULL:
        return False
    for number in range(count):
        text = element_of(pieces, number + 1)
        if text.size == 0:
            continue
        element = &line.element[number]
        if simple and not element.divided and not element.repeats:
            node.leaves += 1
            if line.slot[element.first] >= 0:
                node.values[line.slot[element.first]] = text
            continue
        if element.repeats and marks.repetition and memchr(text.at, marks.repetition, text.size) != NULL:
            return False
        if element.divided and (element.named != NULL or memchr(text.at, marks.component, text.size) != NULL):
            if not components(tree, node, line, element, text, pieces, marks, &taken):
                return False
        elif not leaf(tree, node, line, element.first, line.slot[element.first], text, pieces, marks):
            return False
    return True


cdef bint components(
    Tree tree, Node *node, Line *line, Element *element, Text text, Cut *pieces, Marks *marks, uint64_t *taken
) noexcept:
    """Keep the components of an element."""
    cdef Text parts[ELEMENTS_MAX]
    cdef int32_t number, slot, count = 0
    cdef int32_t *named = NULL
    cdef const char *at = text.at
    cdef const char *end = at + text.size
    parts[0].at = at
    parts[0].flags = 0
    while at < end:
        if at[0] == marks.release and marks.release:
            at += 1
        elif at[0] == marks.component:
            parts[count].size = <int32_t>(at - parts[count].at)
            count += 1
            if count == ELEMENTS_MAX:
                return False
            parts[count].at = at + 1
            parts[count].flags = 0
        at += 1
    parts[count].size = <int32_t>(end - parts[count].at)
    if element.named != NULL:
        named = by_code(element, parts, count + 1, taken)
    for number in range(count + 1):
        if number >= element.width:
            node.leaves += parts[number].size > 0
            continue
        slot = named[number] if named != NULL else line.slot[element.first + number]
        if not leaf(tree, node, line, element.first + number, slot, parts[number], pieces, marks):
            return False
    return True


cdef int32_t *by_code(Element *element, Text *parts, int32_t count, uint64_t *taken) noexcept:
    """Give the slots of an occurrence that its own code names, NULL where none does, or did before."""
    cdef Named *named = element.named
    cdef Text text
    cdef int32_t number
    if named.component >= count:
        return NULL
    text = parts[named.component]
    for number in range(named.codes):
        if named.code[number].size == text.size and memcmp(named.code[number].at, text.at, text.size) == 0:
            if (taken[0] >> number) & 1:
                return NULL
            taken[0] |= <uint64_t>1 << number
            return named.slot + number * element.width
    return NULL


cdef bint leaf(
    Tree tree, Node *node, Line *line, int32_t number, int32_t slot, Text text, Cut *pieces, Marks *marks
) noexcept:
    """Keep one leaf, its text as it is meant."""
    cdef const char *comma
    if text.size == 0:
        return True
    node.leaves += 1
    if slot < 0:
        return True
    if pieces.released and memchr(text.at, marks.release, text.size) != NULL:
        if not bare(tree, &text, marks.release):
            return False
    if pieces.beyond and marks.letters == LATIN1 and not widened(tree, &text):
        return False
    if line.numeric[number] and marks.comma:
        comma = <const char *>memchr(text.at, c',', text.size)
        if comma != NULL and is_number(text, comma):
            text.at = tree.copy(text.at, text.size)
            if text.at == NULL:
                return False
            comma = <const char *>memchr(text.at, c',', text.size)
            (<char *>comma)[0] = c'.'
    node.values[slot] = text
    return True


cdef bint bare(Tree tree, Text *text, char release) noexcept:
    """Take release characters out, each with the meaning of the byte that follows it."""
    cdef char *copy = <char *>take(&tree.texts, text.size)
    cdef int32_t number = 0, size = 0
    if copy == NULL:
        return False
    while number < text.size:
        if text.at[number] == release and number + 1 < text.size:
            number += 1
        copy[size] = text.at[number]
        size += 1
        number += 1
    text.at, text.size = copy, size
    return True


cdef bint widened(Tree tree, Text *text) noexcept:
    """Write a text of ISO 8859-1 as UTF-8."""
    cdef unsigned char *copy
    cdef unsigned char byte
    cdef int32_t number, size = 0
    for number in range(text.size):
        size += 1 + (<unsigned char>text.at[number] >> 7)
    if size == text.size:
        return True
    copy = <unsigned char *>take(&tree.texts, size)
    if copy == NULL:
        return False
    size = 0
    for number in range(text.size):
        byte = <unsigned char>text.at[number]
        if byte < 0x80:
            copy[size] = byte
            size += 1
        else:
            copy[size] = 0xC0 | (byte >> 6)
            copy[size + 1] = 0x80 | (byte & 0x3F)
            size += 2
    text.at, text.size = <const char *>copy, size
    return True


cdef bint is_number(Text text, const char *comma) noexcept:
    """Tell whether a text is digits on both sides of a comma, perhaps with a minus in front."""
    cdef const char *at = text.at
    cdef const char *end = at + text.size
    if at[0] == c'-':
        at += 1
    if at == comma or comma + 1 == end:
        return False
    while at < end:
        if at != comma and not (c'0' <= at[0] <= c'9'):
            return False
        at += 1
    return True
