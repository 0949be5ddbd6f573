# A table's rows as C structures. What each means stands in the Python that writes them as tuples
# (gateway/mapping/emit_quick.py); `program.pyx` turns the tuples into these.

from libc.stdint cimport int32_t, uint64_t
from gateway.quick.tree cimport Arena, Text
from gateway.quick.values cimport Field, Object, Shape, Value

cdef enum StepKind:
    FIELD = 0    # the object in a field
    ITEM = 1     # an item of a list, by its number
    SAYING = 2   # the item of a list that says something in a field
    SINGLE = 3   # the object in a field; where it is made, it says something

cdef enum LastKind:
    PUT = 0
    APPEND = 1
    FIXED = 2    # an item of a list of texts, by its number

cdef enum RowKind:
    PLAIN = 0      # the text without blanks around it
    DECIMAL = 1    # the text itself where it is a plain number, else as MEMO
    MEMO = 2       # what Python made of the text when it was first seen
    POSITION = 3   # the key of the item of another list that stands at that position

cdef enum SourceKind:
    LEAF = 0       # one leaf; more slots are the same leaf again, `key#2`
    PIECES = 1     # leaves of the node, joined
    FOLLOWED = 2   # leaves of nodes below, joined

cdef enum Flag:
    AGREE = 1
    CONTESTED = 2
    NEAR = 4
    VALUES = 8     # several paths, or one that has to be looked up first

cdef struct Condition:
    int32_t *path
    int32_t names
    int32_t slot
    int32_t negated
    int32_t count
    Text *texts

cdef struct Follow:
    int32_t name
    int32_t nth
    int32_t count
    Condition *conditions

cdef struct Piece:
    int32_t steps
    int32_t slot
    Follow *follow

cdef struct Source:
    int32_t kind
    int32_t count
    int32_t wrap
    int32_t absent       # whether a missing piece is written as `_`, for a code table
    Piece *pieces

cdef struct Step:
    int32_t kind
    int32_t field
    int32_t number       # of an item
    int32_t said         # the field that says something
    Shape *there
    Value value

cdef struct Path:
    int32_t absolute
    int32_t count
    Step *steps
    int32_t last
    int32_t field
    int32_t number

cdef struct Row:
    Source source
    int32_t kind
    int32_t memo
    int32_t flags
    int32_t number       # by which Python knows it
    int32_t paths
    int32_t nth_list
    int32_t nth_field
    Text skipped         # a text that means nothing was said; NULL where there is none
    Path *path

cdef struct Key:
    Source source
    int32_t kind
    int32_t memo

cdef struct Ordinal:
    int32_t memo         # -1 where it is a number
    Path path

# A text that goes on in the next turn; a blank stands before a piece unless the one before it was full.
cdef struct Wrap:
    Source source
    int32_t width
    Path path

cdef struct Each:
    Path path
    Shape *item
    int32_t said
    int32_t *said_fields
    Value *said_values
    int32_t plan
    int32_t keyed
    int32_t keys
    int32_t find
    int32_t agree
    int32_t by
    int32_t ordinals
    int32_t wraps
    int32_t texts
    int32_t state         # where a reading keeps what it knows of the texts
    int32_t *wrapped     # pairs of a name and a slot
    Key *key
    Path *known
    Path **by_path
    Ordinal *ordinal
    Path *within_path
    Wrap *wrap

cdef struct Branch:
    int32_t count
    int32_t nth
    int32_t counter      # where the node around counts it
    int32_t plan         # -1 where it is a loop
    int32_t each
    Condition *conditions

# A leaf that chooses branches, which are bits here.
cdef struct Question:
    int32_t *path
    int32_t names
    int32_t slot
    int32_t count
    Text *texts
    uint64_t *chosen      # by text
    uint64_t other

cdef struct Group:
    int32_t count
    int32_t questions
    Question *question
    uint64_t always
    int32_t counted      # whether one of them counts
    Branch *branches

cdef struct Plan:
    int32_t rows
    int32_t joins
    int32_t whole
    int32_t groups       # so many names are in `group`
    int32_t counters
    Row *row
    Row *join
    int32_t *each
    Group **group        # by the number of a name

cdef class Program:
    cdef Arena arena
    cdef list held
    cdef list converters
    cdef Shape *shapes
    cdef Plan *plans
    cdef Each *eaches
    cdef int32_t memos
    cdef int32_t loops
    cdef int32_t states
    cdef int32_t start
    cdef list fields         # by shape: name to number
    cdef list order          # by shape: the names
    cdef readonly Memory memory
    cdef Memory renewed(self)
    cdef int _shapes(self, tuple shapes) except -1
    cdef int32_t _field(self, int shape, str name) except -1
    cdef int _conditions(self, int32_t *count, Condition **found, tuple conditions) except -1
    cdef int _source(self, Source *source, tuple plain) except -1
    cdef int _path(self, Path *path, tuple plain) except -1
    cdef int _row(self, Row *row, tuple plain) except -1
    cdef int _plan(self, Plan *plan, tuple plain, int names) except -1
    cdef int _questions(self, Group *group, tuple questions) except -1
    cdef int _each(self, Each *each, dict plain) except -1

cdef struct Known:
    uint64_t hash
    const char *at
    int32_t size
    int32_t used
    Value value

cdef struct Memo:
    Known *places
    int32_t room
    int32_t count
    int32_t shape

# What Python made of each text, so that it is asked once for each.
cdef class Memory:
    cdef Arena arena
    cdef Memo *memos
    cdef list held
    cdef readonly bint full
    cdef Known *find(self, int32_t memo, const char *text, int32_t size) noexcept
    cdef bint learn(self, Program program, int32_t memo, const char *text, int32_t size, Value *value) except -1
