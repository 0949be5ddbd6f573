# A message as a tree of C structures in one arena, for whoever cuts messages and whoever reads them.
#
#   cdef Tree tree = Tree(data)               # keeps `data`, a bytes, alive as long as itself
#   node = tree.add(&tree.root, name, slots)  # a child of the root; NULL where memory has ended
#   node.values[slot].at, node.values[slot].size = start, size
#
# `leaves` has to be counted only for tables that join texts over several turns (`wrap`).
#
# Numbers of names and slots are those of an `Asked` (asked.py): what nobody asks is not put in.
# A text is a slice of UTF-8: of `data`, or of the tree's own memory (`tree.copy`). `at` is NULL where
# the leaf is absent; a leaf that is there without text has size 0.

from libc.stdint cimport int32_t, uint64_t

cdef enum:
    VERSION = 5           # as in __init__.py
    NODES_MAX = 1 << 30   # counts are 32 bits wide
    TEXT_MAX = 1 << 30    # so are lengths
    KINDS = 3             # so many sizes of chunks are used again
    SPARED_MAX = 1 << 24  # so many bytes are kept for that

cdef struct Chunk:
    Chunk *next
    size_t size
    size_t kind

# Memory that is given out piece by piece and given back all at once.
cdef struct Arena:
    Chunk *chunks
    char *at
    char *end
    size_t total
    size_t most           # so many bytes are given out, then NULL

cdef struct Text:
    const char *at
    int32_t size
    int32_t flags         # the cutter's own; 0 where it has none

cdef struct Node:
    int32_t name
    int32_t slots         # so many texts are in `values`
    int32_t leaves        # so many leaves with text are in the message, those of dropped nodes in it too
    Text *values
    Node *first
    Node *last
    Node *next            # the next child of the same node

cdef void *more(Arena *arena, size_t size) noexcept

cdef void release(Arena *arena) noexcept

cdef inline void begin(Arena *arena, size_t most) noexcept:
    arena.chunks = NULL
    arena.at = arena.end = NULL
    arena.total = 0
    arena.most = most

# Give some memory, eight bytes aligned and not cleared; NULL where there is none.
cdef inline void *take(Arena *arena, size_t size) noexcept:
    cdef char *found = arena.at
    size = (size + 7) & ~<size_t>7
    if found != NULL and <size_t>(arena.end - found) >= size:
        arena.at = found + size
        return found
    return more(arena, size)

# Add a child behind the others, its values absent; NULL where memory has ended.
cdef inline Node *add(Arena *arena, Node *parent, int32_t name, int32_t slots) noexcept:
    cdef Node *node = <Node *>take(arena, sizeof(Node) + <size_t>slots * sizeof(Text))
    cdef int32_t slot
    if node == NULL:
        return NULL
    node.name = name
    node.slots = slots
    node.leaves = 0
    node.values = <Text *>(node + 1)
    for slot in range(slots):
        node.values[slot].at = NULL
        node.values[slot].size = 0
        node.values[slot].flags = 0
    node.first = node.last = node.next = NULL
    if parent.last == NULL:
        parent.first = node
    else:
        parent.last.next = node
    parent.last = node
    return node

cdef class Tree:
    cdef Arena arena            # the nodes
    cdef Arena texts            # what is no slice of `data`
    cdef Node root
    cdef readonly object data   # what the texts are slices of
    cdef public object base     # where `data` begins in the file
    cdef char *copy(self, const char *text, size_t size) noexcept
