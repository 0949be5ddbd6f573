"""Items of lists that several turns of a loop speak of: by their key, or by a text that goes on."""

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcpy, memset

from gateway.quick.places cimport present
from gateway.quick.tree cimport VERSION, take
from gateway.quick.values cimport OBJECT, TEXT, equal, field_of, has

version = VERSION


cdef bint merged(Each *each, Object *known, Object *again) noexcept:
    """Hold a second turn with a known key against the first; it may add what the first does not say."""
    cdef int32_t number
    for number in range(again.shape.count):
        if not has(again, number):
            continue
        if has(known, number):
            if equal(field_of(known, number)[0], field_of(again, number)[0]) != 1:
                return False
        elif not each.agree:
            return False
        else:
            field_of(known, number)[0] = field_of(again, number)[0]
            known.has |= <uint64_t>1 << number
    again.shape = NULL
    return True


cdef bint found_by(Maker *maker, Each *each, List *items, Value key, Object **known) noexcept:
    """Find the item of a list that has a key; False where that cannot be told here."""
    cdef Value *place
    cdef int32_t number
    if key.kind != TEXT:
        return False
    for number in range(items.seen, items.count):
        if not indexed(maker, each, items, number):
            return False
    items.seen = items.count
    if items.places == 0:
        return True
    number = items.table[slot_of(each, items, key)]
    if number:
        known[0] = <Object *>items.items[number - 1].at
    return True


cdef int32_t slot_of(Each *each, List *items, Value key) noexcept:
    """Give the place of a key in a list's table, or the free one where it belongs."""
    cdef uint64_t hash = 1469598103934665603
    cdef int32_t number, at
    cdef Value *there
    for number in range(key.size):
        hash = (hash ^ (<unsigned char *>key.at)[number]) * <uint64_t>1099511628211
    at = <int32_t>((hash ^ (hash >> 32)) & <uint64_t>(items.places - 1))
    while items.table[at]:
        there = present(each.known, <Object *>items.items[items.table[at] - 1].at)
        if there != NULL and equal(there[0], key) == 1:
            return at
        at = (at + 1) & (items.places - 1)
    return at


cdef bint indexed(Maker *maker, Each *each, List *items, int32_t number) noexcept:
    """Put an item into its list's table; the first item with a key is the one that is found."""
    cdef Value *key
    cdef int32_t again, at
    if number * 2 >= items.places:
        items.places = items.places * 2 if items.places else 16
        if items.places > (1 << 28):
            return False
        items.table = <int32_t *>take(maker.arena, <size_t>items.places * sizeof(int32_t))
        if items.table == NULL:
            items.places = 0
            return False
        memset(items.table, 0, <size_t>items.places * sizeof(int32_t))
        for again in range(number):
            if not indexed(maker, each, items, again):
                return False
    if items.items[number].kind != OBJECT:
        return False
    key = present(each.known, <Object *>items.items[number].at)
    if key == NULL:
        return True
    if key.kind != TEXT:
        return False
    at = slot_of(each, items, key[0])
    if items.table[at] == 0:
        items.table[at] = number + 1
    return True


cdef int32_t characters(const char *at, int32_t size) noexcept:
    """Count characters: bytes that do not go on with one."""
    cdef int32_t number, found = 0
    for number in range(size):
        found += (at[number] & 0xC0) != 0x80
    return found


cdef bint grown(Maker *maker, Wrap *wrap, Growing *state, Value *before, Text text, Value *value) noexcept:
    """Go on with a text; a piece that fills its field was cut in a word, a shorter one at a blank."""
    cdef int32_t size = before.size if before != NULL else 0
    cdef int32_t width = state.piece
    cdef char *start
    if width < 0:
        width = characters(<char *>before.at, size) if size else 0
    if size > (1 << 29) or text.size > (1 << 28):
        return False
    if state.room < size + text.size + 1 or before == NULL or before.at != state.start:
        state.room = 2 * (size + text.size + 1)
        start = <char *>take(maker.arena, state.room)
        if start == NULL:
            return False
        if size:
            memcpy(start, before.at, size)
        state.start = start
    if size and width < wrap.width:
        state.start[size] = c' '
        size += 1
    memcpy(state.start + size, text.at, text.size)
    state.piece = characters(text.at, text.size)
    value.at, value.size, value.kind = state.start, size + text.size, TEXT
    return True
