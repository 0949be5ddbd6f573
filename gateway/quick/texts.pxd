# What a row asks of the tree: nodes, conditions, texts.

from libc.stdint cimport int32_t, uint64_t
from gateway.quick.program cimport Condition, Group, Piece, Source
from gateway.quick.tree cimport Arena, Node, Text

cdef inline Text leaf_of(Node *node, int32_t slot) noexcept:
    cdef Text absent
    if slot < node.slots:
        return node.values[slot]
    absent.at = NULL
    absent.size = absent.flags = 0
    return absent

cdef bint holds(Condition *condition, Node *node) noexcept
cdef Node *followed(Piece *piece, Node *node) noexcept
cdef bint source_text(Arena *arena, Source *source, Node *node, Text *text) noexcept
cdef int stripped(Text *text) noexcept
cdef bint is_decimal(Text text) noexcept
cdef uint64_t chosen_by(Group *group, Node *child) noexcept
