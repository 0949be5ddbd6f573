"""An entry as C structures, and the two ways out of them: Python's dicts, and JSON. See values.pxd."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.object cimport Py_EQ, PyObject_RichCompareBool
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp, memcpy, memmove

from gateway.quick.tree cimport VERSION, begin, release

version = VERSION

cdef extern from *:
    int __builtin_ctzll(unsigned long long) nogil


cdef Object *new_object(Arena *arena, Object **made, Shape *shape) noexcept:
    """Make an empty object; NULL where memory has ended."""
    cdef Object *found = <Object *>take(arena, sizeof(Object) + <size_t>shape.count * sizeof(Value))
    if found != NULL:
        found.shape = shape
        found.has = 0
        found.before = made[0]
        made[0] = found
    return found


cdef List *new_list(Arena *arena) noexcept:
    """Make an empty list; NULL where memory has ended."""
    cdef List *found = <List *>take(arena, sizeof(List))
    if found != NULL:
        found.items = NULL
        found.taken = NULL
        found.table = NULL
        found.count = found.room = found.numbered = found.places = found.seen = 0
    return found


cdef bint append(Arena *arena, List *items, Value value) noexcept:
    """Put a value at a list's end; False where memory has ended."""
    cdef Value *larger
    cdef int32_t room
    if items.count == items.room:
        if items.room > (1 << 28):
            return False
        room = items.room * 2 if items.room else 4
        larger = <Value *>take(arena, <size_t>room * sizeof(Value))
        if larger == NULL:
            return False
        if items.count:
            memcpy(larger, items.items, <size_t>items.count * sizeof(Value))
        items.items = larger
        items.room = room
    items.items[items.count] = value
    items.count += 1
    return True


cdef bint insert(Arena *arena, List *items, int32_t at, Value value) noexcept:
    """Put a value into a list, before what stands at `at` now; False where memory has ended."""
    if not append(arena, items, value):
        return False
    if at < items.count - 1:
        memmove(items.items + at + 1, items.items + at, <size_t>(items.count - 1 - at) * sizeof(Value))
        items.items[at] = value
    return True


cdef int equal(Value one, Value other) noexcept:
    """Tell whether two values are the same: 1, 0, or -1 where Python has to say it."""
    cdef Object *left
    cdef Object *right
    cdef List *items
    cdef List *others
    cdef int32_t number
    cdef int same
    if one.kind != other.kind:
        return -1
    if one.kind == TEXT:
        return one.size == other.size and memcmp(one.at, other.at, one.size) == 0
    if one.kind == NUMBER:
        return one.size == other.size
    if one.kind == OTHER:
        return 1 if (<Other *>one.at).object == (<Other *>other.at).object else -1
    if one.kind == OBJECT:
        left, right = <Object *>one.at, <Object *>other.at
        if left.shape != right.shape or left.has != right.has:
            return 0
        for number in range(left.shape.count):
            if has(left, number):
                same = equal(field_of(left, number)[0], field_of(right, number)[0])
                if same != 1:
                    return same
        return 1
    if one.kind == LIST:
        items, others = <List *>one.at, <List *>other.at
        if items.count != others.count:
            return 0
        for number in range(items.count):
            same = equal(items.items[number], others.items[number])
            if same != 1:
                return same
        return 1
    return one.kind == NOTHING


cdef bint copied(Arena *arena, Object **made, Value *value) noexcept:
    """Make a value's objects and lists its own, where it is one that is remembered; False without memory."""
    cdef Object *source
    cdef Object *target
    cdef List *items
    cdef List *own
    cdef int32_t number
    if value.kind == OBJECT:
        source = <Object *>value.at
        target = new_object(arena, made, source.shape)
        if target == NULL:
            return False
        target.has = source.has
        for number in range(source.shape.count):
            if has(source, number):
                field_of(target, number)[0] = field_of(source, number)[0]
                if not copied(arena, made, field_of(target, number)):
                    return False
        value.at = target
    elif value.kind == LIST:
        items, own = <List *>value.at, new_list(arena)
        if own == NULL:
            return False
        for number in range(items.count):
            if not append(arena, own, items.items[number]) or not copied(arena, made, own.items + number):
                return False
        value.at = own
    return True


cdef object plain_of(Value value):
    """Give a value as Python has it."""
    cdef List *items
    cdef int32_t number
    cdef list found
    if value.kind == TEXT:
        return PyUnicode_DecodeUTF8(<char *>value.at, value.size, NULL)
    if value.kind == OBJECT:
        return plain_object(<Object *>value.at)
    if value.kind == LIST:
        items = <List *>value.at
        found = []
        for number in range(items.count):
            if items.items[number].kind != NOTHING:
                found.append(plain_of(items.items[number]))
        return found
    if value.kind == NUMBER:
        return value.size
    return <object>(<Other *>value.at).object


cdef dict plain_object(Object *owner):
    cdef dict found = {}
    cdef uint64_t left = owner.has
    cdef int number
    while left:
        number = __builtin_ctzll(left)
        left &= left - 1
        found[<object>owner.shape.fields[number].name] = plain_of(field_of(owner, number)[0])
    return found


cdef struct Buffer:
    char *start
    char *at
    char *end


# What JSON is written into. Nothing of Python is called meanwhile, so nobody else writes.
cdef Buffer out
cdef Py_ssize_t KEPT_MAX = 1 << 20


cdef bint room(Buffer *out, size_t size) noexcept:
    """See that there is room for so many bytes; False where memory has ended."""
    cdef size_t used = out.at - out.start
    cdef size_t whole = (out.end - out.start) * 2
    cdef char *larger
    if <size_t>(out.end - out.at) >= size:
        return True
    if whole < used + size:
        whole = used + size
    if whole < 4096:
        whole = 4096
    larger = <char *>realloc(out.start, whole)
    if larger == NULL:
        return False
    out.start = larger
    out.at = larger + used
    out.end = larger + whole
    return True


cdef unsigned char ESCAPED[256]
cdef const char *HEX = b"0123456789abcdef"


cdef void _prepare():
    cdef int byte
    for byte in range(256):
        ESCAPED[byte] = byte < 0x20
    ESCAPED[c'"'] = ESCAPED[c'\\'] = 1


_prepare()


cdef inline uint64_t any_escaped(uint64_t word) noexcept:
    """Tell whether one of eight bytes is below 0x20, a quotation mark or a backslash."""
    cdef uint64_t ones = 0x0101010101010101
    cdef uint64_t quote = word ^ (ones * 0x22)
    cdef uint64_t slash = word ^ (ones * 0x5C)
    cdef uint64_t low = (word - ones * 0x20) & ~word
    return (low | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & (ones << 7)


cdef bint write_text(Buffer *out, const unsigned char *text, int32_t size) noexcept:
    """Write a text as JSON has it: nothing beyond ASCII is escaped."""
    cdef const unsigned char *end = text + size
    cdef unsigned char byte
    cdef uint64_t word
    cdef char *at
    if not room(out, <size_t>size * 6 + 2):
        return False
    at = out.at
    at[0] = c'"'
    at += 1
    while text < end:
        while end - text >= 8:
            memcpy(&word, text, 8)
            if any_escaped(word):
                break
            memcpy(at, &word, 8)
            at += 8
            text += 8
        if text == end:
            break
        byte = text[0]
        text += 1
        if not ESCAPED[byte]:
            at[0] = byte
            at += 1
            continue
        at[0] = c'\\'
        at += 1
        if byte == c'"' or byte == c'\\':
            at[0] = byte
        elif byte == c'\n':
            at[0] = c'n'
        elif byte == c'\r':
            at[0] = c'r'
        elif byte == c'\t':
            at[0] = c't'
        elif byte == 8:
            at[0] = c'b'
        elif byte == 12:
            at[0] = c'f'
        else:
            memcpy(at, b"u00", 3)
            at[3] = HEX[byte >> 4]
            at[4] = HEX[byte & 15]
            at += 4
        at += 1
    at[0] = c'"'
    out.at = at + 1
    return True


cdef bint write_number(Buffer *out, int32_t number) noexcept:
    """Write a number from 0 on."""
    cdef char digits[12]
    cdef int at = 12
    if not room(out, 12):
        return False
    while True:
        at -= 1
        digits[at] = c'0' + number % 10
        number //= 10
        if number == 0:
            break
    memcpy(out.at, digits + at, 12 - at)
    out.at += 12 - at
    return True


cdef bint write(Buffer *out, Value *value) noexcept:
    """Write any value."""
    cdef Other *other
    if value.kind == TEXT:
        return write_text(out, <const unsigned char *>value.at, value.size)
    if value.kind == OBJECT:
        return write_object(out, <Object *>value.at)
    if value.kind == LIST:
        return write_list(out, <List *>value.at)
    if value.kind == NUMBER:
        return write_number(out, value.size)
    other = <Other *>value.at
    if not room(out, other.size):
        return False
    memcpy(out.at, other.json, other.size)
    out.at += other.size
    return True


cdef bint write_object(Buffer *out, Object *owner) noexcept:
    cdef uint64_t left = owner.has
    cdef Field *field
    cdef int number
    cdef char *start
    if not room(out, 2):
        return False
    if left == 0:
        memcpy(out.at, b"{}", 2)
        out.at += 2
        return True
    cdef size_t first = out.at - out.start
    while left:
        number = __builtin_ctzll(left)
        left &= left - 1
        field = &owner.shape.fields[number]
        if not room(out, field.size):
            return False
        memcpy(out.at, field.json, field.size)
        out.at += field.size
        if not write(out, field_of(owner, number)):
            return False
    out.start[first] = c'{'
    if not room(out, 1):
        return False
    out.at[0] = c'}'
    out.at += 1
    return True


cdef bint write_list(Buffer *out, List *items) noexcept:
    cdef int32_t number
    cdef bint some = False
    if not room(out, 2):
        return False
    out.at[0] = c'['
    out.at += 1
    for number in range(items.count):
        if items.items[number].kind == NOTHING:
            continue
        if not room(out, 2):
            return False
        if some:
            out.at[0] = c','
            out.at += 1
        some = True
        if not write(out, items.items + number):
            return False
    if not room(out, 1):
        return False
    out.at[0] = c']'
    out.at += 1
    return True


cdef class Entry:
    """One entry, in the model's order. It keeps the message's bytes and the table's memory alive.

    `near` are the places whose value is near, not the same: (row, first byte, last byte + 1, text).
    """

    def __cinit__(self):
        begin(&self.arena, <size_t>1 << 31)
        self.root = NULL
        self.made = NULL
        self.near = ()

    def __dealloc__(self):
        release(&self.arena)

    def plain(self):
        """Give it as JSON-plain values, new ones each time."""
        return plain_object(self.root)

    def json(self):
        """Give it as JSON: UTF-8, without a blank, in the model's order."""
        global out
        out.at = out.start
        if not write_object(&out, self.root):
            raise MemoryError
        found = PyBytes_FromStringAndSize(out.start, out.at - out.start)
        if out.end - out.start > KEPT_MAX:
            free(out.start)
            out.start = out.at = out.end = NULL
        return found
