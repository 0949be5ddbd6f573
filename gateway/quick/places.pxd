# Places in an entry, by the paths of rows. NULL, or 0, is what gives up.

from libc.stdint cimport int32_t
from gateway.quick.program cimport Path, Row, Step
from gateway.quick.tree cimport Arena
from gateway.quick.values cimport List, Object, Shape, Value

# What new objects and lists are made with.
cdef struct Maker:
    Arena *arena
    Object **made

cdef List *list_in(Maker *maker, Object *owner, int32_t field) noexcept
cdef Object *object_in(Maker *maker, Value *place, Shape *shape) noexcept
cdef Object *step_down(Maker *maker, Step *step, Object *here) noexcept
cdef Object *owner_of(Maker *maker, Path *path, Object *here) noexcept
cdef int fixed(Maker *maker, Object *owner, Path *path, Value value) noexcept
cdef Value *present(Path *path, Object *here) noexcept
cdef bint says(Object *owner, Step *step) noexcept
cdef bint put(Maker *maker, Path *path, Object *item, Value value) noexcept
cdef bint stored(Maker *maker, Row *row, Object *base, Value value) noexcept
