# The lines of a message's loops, as a table asks for them: what a cutter needs to know of a spec.

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from gateway.quick.tree cimport Arena, Node, Text

cdef enum:
    ELEMENTS_MAX = 128
    DEPTH_MAX = 32
    IDS_ROOM = 1024

# Occurrences of a composite that a code in them tells apart.
cdef struct Named:
    int32_t component     # which one is the code
    int32_t codes
    Text *code
    int32_t *slot         # for each code, by component

cdef struct Element:
    int32_t first         # of its components in `slot`
    int32_t width         # how many they are
    int32_t divided       # whether it may have components
    int32_t repeats       # whether it may stand several times
    Named *named

# One line of a loop: which segment, how often, the loop that it opens, and what is kept of it.
cdef struct Line:
    int32_t number        # among the lines of its loop
    int32_t inner         # the loop that it opens, -1
    int64_t most
    int32_t chosen        # the element whose text tells it apart, 0 where none does
    int32_t codes
    Text *code
    int32_t name          # the number of its node's name, -1 where nobody asks
    int32_t slots
    int32_t elements
    Element *element
    int32_t *slot         # by component, -1 where nobody asks
    char *numeric         # by component, whether it is a number

cdef struct Level:
    int32_t *first        # by the number of a segment's id: its first line
    int32_t *count
    Line *lines

cdef struct Open:
    Level *level
    int64_t count
    int32_t line
    Node *node            # NULL where nobody asks for what is in it
    Node *kept            # the nearest node that somebody asks for

cdef struct Cut:
    const char *start[ELEMENTS_MAX + 2]   # the id first; the last one is where the segment ends, plus 1
    int32_t count                         # elements behind the id
    int32_t released                      # whether a byte has its meaning taken away
    int32_t beyond                        # whether a byte is beyond ASCII

cdef inline Text element_of(Cut *cut, int32_t number) noexcept:
    cdef Text found
    found.at = cut.start[number]
    found.size = <int32_t>(cut.start[number + 1] - cut.start[number] - 1)
    found.flags = 0
    return found

cdef class Cutter:
    cdef Arena arena
    cdef Level *levels
    cdef Line *ends
    cdef uint32_t ids[IDS_ROOM]
    cdef int32_t numbers[IDS_ROOM]
    cdef int32_t known
    cdef void *_room(self, size_t size) except NULL
    cdef int _learn(self, bytes name) except -1
    cdef int32_t _place(self, uint32_t word) noexcept
    cdef int _level(self, Level *level, tuple lines) except -1
    cdef int _line(self, Line *line, tuple plain) except -1
    cdef int _element(self, Line *line, Element *element, tuple plain) except -1
    cdef int _texts(self, Text **texts, int32_t *count, tuple plain) except -1

cdef Line *find(Cutter cutter, Open *stack, int32_t *depth, Cut *pieces) noexcept
