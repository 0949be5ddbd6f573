"""What a row asks of the tree: nodes that conditions choose, and the texts of leaves. See texts.pxd."""

from libc.stdint cimport uint64_t
from libc.string cimport memcmp, memcpy

from gateway.quick.program cimport FOLLOWED, LEAF, Follow, Question
from gateway.quick.tree cimport VERSION, take

version = VERSION


cdef bint holds(Condition *condition, Node *node) noexcept:
    """Tell whether a node is one that a condition chooses."""
    cdef int32_t number
    cdef Node *child
    cdef Text text
    for number in range(condition.names):
        child = node.first
        while child != NULL and child.name != condition.path[number]:
            child = child.next
        if child == NULL:
            return condition.negated
        node = child
    text = leaf_of(node, condition.slot)
    for number in range(condition.count):
        if condition.texts[number].size == text.size:
            if text.size == 0 or memcmp(condition.texts[number].at, text.at, text.size) == 0:
                return not condition.negated
    return condition.negated


cdef Node *followed(Piece *piece, Node *node) noexcept:
    """Give the first node that a piece's steps choose below a node, or NULL."""
    cdef int32_t number, which, count
    cdef Follow *step
    cdef Node *child
    for number in range(piece.steps):
        step = &piece.follow[number]
        count = 0
        child = node.first
        while child != NULL:
            if child.name == step.name:
                for which in range(step.count):
                    if not holds(&step.conditions[which], child):
                        break
                else:
                    count += 1
                    if count >= step.nth:
                        break
            child = child.next
        if child == NULL:
            return NULL
        node = child
    return node


cdef bint source_text(Arena *arena, Source *source, Node *node, Text *text) noexcept:
    """Give the text of a row, of size 0 where there is none; False where memory has ended."""
    cdef int32_t number, some = 0, last = -1
    cdef size_t size = 0
    cdef Text piece
    cdef Node *place
    if source.kind == LEAF:
        text[0] = leaf_of(node, source.pieces[0].slot)
        return True
    text.at = NULL
    text.size = text.flags = 0
    for number in range(source.count):
        piece = _piece(source, number, node)
        if piece.size:
            some += 1
            last = number
            size += piece.size
    if some == 0:
        return True
    if some == 1 and not source.absent:
        text[0] = _piece(source, last, node)
        return True
    return _joined(arena, source, node, text, size + 2 * source.count, last)


cdef Text _piece(Source *source, int32_t number, Node *node) noexcept:
    cdef Text absent
    if source.kind == FOLLOWED:
        node = followed(&source.pieces[number], node)
        if node == NULL:
            absent.at = NULL
            absent.size = absent.flags = 0
            return absent
    return leaf_of(node, source.pieces[number].slot)


cdef bint _joined(Arena *arena, Source *source, Node *node, Text *text, size_t room, int32_t last) noexcept:
    """Join pieces, up to the last one with text; with `wrap` a blank stands after each that is not full."""
    cdef char *start = <char *>take(arena, room)
    cdef char *at = start
    cdef int32_t number, count, byte
    cdef bint full = True
    cdef Text piece
    if start == NULL or room > (1 << 30):
        return False
    for number in range(last + 1):
        piece = _piece(source, number, node)
        if piece.size == 0 and source.absent:
            at[0] = c'_'
            at += 1
        if piece.size == 0:
            continue
        if source.wrap:
            if not full:
                at[0] = c' '
                at += 1
            count = 0
            for byte in range(piece.size):
                # Bytes that go on with a character are not counted.
                count += (piece.at[byte] & 0xC0) != 0x80
            full = count >= source.wrap
        memcpy(at, piece.at, piece.size)
        at += piece.size
    text.at = start
    text.size = <int32_t>(at - start)
    text.flags = 0
    return True


cdef inline bint _blank(unsigned char byte) noexcept:
    return byte == 32 or 9 <= byte <= 13 or 28 <= byte <= 31


cdef int stripped(Text *text) noexcept:
    """Take blanks from both ends; 0 where a blank beyond ASCII may stand there, which Python knows."""
    cdef const unsigned char *at = <const unsigned char *>text.at
    cdef int32_t size = text.size
    while size and _blank(at[0]):
        at += 1
        size -= 1
    while size and _blank(at[size - 1]):
        size -= 1
    if size and (at[0] >= 0xC2 and at[0] <= 0xE3 or at[size - 1] >= 0x80) and not _letters(at, size):
        return 0
    text.at = <const char *>at
    text.size = size
    return 1


cdef bint _letters(const unsigned char *at, int32_t size) noexcept:
    """Tell that the first and the last character are beyond ASCII's, but no blanks."""
    cdef const unsigned char *last = at + size - 1
    if at[0] == 0xC2 or at[0] == 0xE1 or at[0] == 0xE2 or at[0] == 0xE3:
        return False
    while last > at and (last[0] & 0xC0) == 0x80:
        last -= 1
    return not (last[0] == 0xC2 or last[0] == 0xE1 or last[0] == 0xE2 or last[0] == 0xE3)


cdef bint is_decimal(Text text) noexcept:
    """Tell whether a text is a number as the entry writes it: up to 18 digits, up to six behind a point."""
    cdef const char *at = text.at
    cdef const char *end = text.at + text.size
    cdef int digits = 0
    if at == end:
        return False
    if at[0] == c'0':
        at += 1
    else:
        while at < end and c'0' <= at[0] <= c'9':
            at += 1
            digits += 1
        if digits == 0 or digits > 18:
            return False
    if at == end:
        return True
    if at[0] != c'.':
        return False
    at += 1
    if at == end or end - at > 6:
        return False
    while at < end:
        if not (c'0' <= at[0] <= c'9'):
            return False
        at += 1
    return True


cdef uint64_t chosen_by(Group *group, Node *child) noexcept:
    """Ask each leaf that chooses branches once."""
    cdef uint64_t chosen = group.always
    cdef Question *question
    cdef Node *place
    cdef Text text
    cdef int32_t number, which
    for number in range(group.questions):
        question = &group.question[number]
        place = child
        for which in range(question.names):
            place = place.first
            while place != NULL and place.name != question.path[which]:
                place = place.next
            if place == NULL:
                break
        if place != NULL:
            text = leaf_of(place, question.slot)
            for which in range(question.count):
                if question.texts[which].size == text.size:
                    if text.size == 0 or memcmp(question.texts[which].at, text.at, text.size) == 0:
                        chosen |= question.chosen[which]
                        break
            else:
                chosen |= question.other
        else:
            chosen |= question.other
    return chosen
