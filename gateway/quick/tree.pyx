"""Trees of C structures: what a cutter fills and a table's rows go over. See tree.pxd."""

from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

version = VERSION


# Chunks that were given back, by their size: to ask the system for memory anew costs more than to use it.
cdef Chunk *spare[KINDS]
cdef size_t spared = 0
cdef size_t[KINDS] SIZES = [1 << 12, 1 << 14, 1 << 16]


cdef Chunk *chunk_of(int kind, size_t size) noexcept:
    """Give a chunk of one of the sizes, or of its own."""
    global spared
    cdef Chunk *chunk
    if kind < KINDS and spare[kind] != NULL:
        chunk = spare[kind]
        spare[kind] = chunk.next
        spared -= chunk.size
        return chunk
    chunk = <Chunk *>malloc(sizeof(Chunk) + size)
    if chunk != NULL:
        chunk.size = size
        chunk.kind = kind
    return chunk


cdef void *more(Arena *arena, size_t size) noexcept:
    """Give memory from a new chunk, each larger than the one before it up to a size."""
    cdef int kind = 0
    cdef size_t room = size
    cdef Chunk *chunk
    if size > arena.most or arena.total > arena.most - size:
        return NULL
    if arena.chunks != NULL:
        kind = min(arena.chunks.kind + 1, KINDS - 1)
    while kind < KINDS and SIZES[kind] < size:
        kind += 1
    if kind < KINDS:
        room = SIZES[kind]
    chunk = chunk_of(kind, room)
    if chunk == NULL:
        return NULL
    chunk.next = arena.chunks
    arena.chunks = chunk
    arena.total += room
    arena.at = <char *>(chunk + 1) + size
    arena.end = <char *>(chunk + 1) + room
    return <char *>(chunk + 1)


cdef void release(Arena *arena) noexcept:
    """Give everything back."""
    global spared
    cdef Chunk *chunk = arena.chunks
    cdef Chunk *after
    while chunk != NULL:
        after = chunk.next
        if chunk.kind < KINDS and spared < SPARED_MAX:
            chunk.next = spare[chunk.kind]
            spare[chunk.kind] = chunk
            spared += chunk.size
        else:
            free(chunk)
        chunk = after
    arena.chunks = NULL
    arena.at = arena.end = NULL


cdef class Tree:
    """One message. `most` bounds its memory; the bytes of `data` are not counted."""

    def __cinit__(self, bytes data, size_t most=1 << 31):
        self.data = data
        self.base = 0
        begin(&self.arena, most)
        begin(&self.texts, most)
        self.root.name = -1
        self.root.slots = self.root.leaves = 0
        self.root.values = NULL
        self.root.first = self.root.last = self.root.next = NULL

    def __dealloc__(self):
        release(&self.arena)
        release(&self.texts)

    def forget(self):
        """Let the nodes go. Texts stay, as long as the tree does."""
        release(&self.arena)
        self.root.first = self.root.last = NULL

    cdef char *copy(self, const char *text, size_t size) noexcept:
        """Keep a text that is no slice of `data`; NULL where memory has ended."""
        cdef char *found = <char *>take(&self.texts, size)
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
