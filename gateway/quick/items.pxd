# Items of lists that several turns of a loop speak of.

from libc.stdint cimport int32_t
from gateway.quick.places cimport Maker
from gateway.quick.program cimport Each, Wrap
from gateway.quick.tree cimport Text
from gateway.quick.values cimport List, Object, Value

# A text that goes on: the length of its last piece in characters (-1 at first), and memory to grow in.
cdef struct Growing:
    int32_t piece
    int32_t room
    char *start

cdef bint merged(Each *each, Object *known, Object *again) noexcept
cdef bint found_by(Maker *maker, Each *each, List *items, Value key, Object **known) noexcept
cdef int32_t slot_of(Each *each, List *items, Value key) noexcept
cdef bint indexed(Maker *maker, Each *each, List *items, int32_t number) noexcept
cdef int32_t characters(const char *at, int32_t size) noexcept
cdef bint grown(Maker *maker, Wrap *wrap, Growing *state, Value *before, Text text, Value *value) noexcept
