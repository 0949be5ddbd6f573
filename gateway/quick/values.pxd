# An entry as C structures in an arena: what rows put together, and what gives it to Python.
#
# An object has the fields of its shape as an array in the model's order, and a bit for each that is
# there: it never has to be put in order, and is whole when the bits of what it needs are set.

from cpython.object cimport PyObject
from libc.stdint cimport int32_t, uint64_t
from gateway.quick.tree cimport Arena, Text, Tree, take

cdef enum Kind:
    NOTHING = 0   # not there; in a list, a gap
    TEXT = 1      # `at` and `size`: UTF-8
    NUMBER = 2    # `size` is the number
    OTHER = 3     # `at` is an Other: any other scalar
    OBJECT = 4    # `at` is an Object
    LIST = 5      # `at` is a List
    SEVERAL = 6   # `at` are `size` values, for a row with several paths

cdef struct Value:
    void *at
    int32_t size
    int32_t kind

cdef struct Other:
    PyObject *object
    char *json
    int32_t size

cdef struct Field:
    PyObject *name
    char *json            # `,"name":`; an object's first begins with a brace instead
    int32_t size

cdef struct Shape:
    int32_t count
    uint64_t needs
    Field *fields

cdef struct Object:
    Shape *shape
    uint64_t has
    Object *before        # the object made before this one

cdef struct List:
    Value *items
    int32_t count
    int32_t room
    int32_t *taken        # the numbers of items that were put in by number
    int32_t numbered
    int32_t *table        # items by their key: number + 1, 0 where a place is free
    int32_t places
    int32_t seen          # so many items are in `table`

cdef inline Value *field_of(Object *owner, int32_t number) noexcept:
    return <Value *>(owner + 1) + number

cdef inline bint has(Object *owner, int32_t number) noexcept:
    return (owner.has >> number) & 1

cdef Object *new_object(Arena *arena, Object **made, Shape *shape) noexcept
cdef List *new_list(Arena *arena) noexcept
cdef bint append(Arena *arena, List *items, Value value) noexcept
cdef bint insert(Arena *arena, List *items, int32_t at, Value value) noexcept
cdef int equal(Value one, Value other) noexcept
cdef bint copied(Arena *arena, Object **made, Value *value) noexcept

cdef class Entry:
    cdef Arena arena
    cdef Object *root
    cdef Object *made
    cdef object program
    cdef object memory
    cdef Tree tree
    cdef readonly tuple near
