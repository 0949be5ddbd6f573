"""Trees of C structures: what a cutter fills and a table's rows go over. See tree.pxd."""

from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

version = VERSION


cdef void *more(Arena *arena, size_t size) noexcept:
    """Give memory from a new chunk, each twice as large as the one before it."""
    cdef size_t room = CHUNK_FIRST
    cdef Chunk *chunk
    if size > arena.most or arena.total > arena.most - size:
        return NULL
    if arena.chunks != NULL and arena.chunks.size < CHUNK_MAX:
        room = arena.chunks.size * 2
    elif arena.chunks != NULL:
        room = CHUNK_MAX
    if room < size:
        room = size
    chunk = <Chunk *>malloc(sizeof(Chunk) + room)
    if chunk == NULL:
        return NULL
    chunk.size = room
    chunk.next = arena.chunks
    arena.chunks = chunk
    arena.total += room
    arena.at = <char *>(chunk + 1) + size
    arena.end = <char *>(chunk + 1) + room
    return <char *>(chunk + 1)


cdef void release(Arena *arena) noexcept:
    """Give everything back."""
    cdef Chunk *chunk = arena.chunks
    cdef Chunk *after
    while chunk != NULL:
        after = chunk.next
        free(chunk)
        chunk = after
    arena.chunks = NULL
    arena.at = arena.end = NULL


cdef class Tree:
    """One message. `most` bounds its memory; the bytes of `data` are not counted."""

    def __cinit__(self, bytes data, size_t most=1 << 31):
        self.data = data
        self.base = 0
        self.arena.chunks = NULL
        self.arena.at = self.arena.end = NULL
        self.arena.total = 0
        self.arena.most = most
        self.root.name = -1
        self.root.slots = self.root.leaves = 0
        self.root.values = NULL
        self.root.first = self.root.last = self.root.next = NULL

    def __dealloc__(self):
        release(&self.arena)

    cdef char *copy(self, const char *text, size_t size) noexcept:
        """Keep a text that is no slice of `data`; NULL where memory has ended."""
        cdef char *found = <char *>take(&self.arena, size)
        if found != NULL:
            memcpy(found, text, size)
        return found

    def plain(self, asked):
        """Give the whole tree as tuples, for whoever looks at what a cutter made."""
        return _plain(&self.root, {number: name for name, number in asked.names.items()}, asked)


cdef object _plain(Node *node, dict names, object asked):
    cdef list values = []
    cdef list children = []
    cdef Node *child = node.first
    cdef int32_t slot
    name = names.get(node.name, "")
    for key, slot in asked.slots(name).items():
        if slot < node.slots and node.values[slot].at != NULL:
            values.append((key, node.values[slot].at[: node.values[slot].size].decode()))
    while child != NULL:
        children.append(_plain(child, names, asked))
        child = child.next
    return (name, tuple(values), tuple(children))
