"""A table's rows over a tree: what `gateway/mapping/emit.py` writes as Python, done in C.

Whatever is not right gives up, and so does what is not done here: `read` gives None, and the caller
asks Python, which explains. A function that gives 0 has given up.
"""

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from gateway.quick.items cimport Growing, found_by, grown, merged
from gateway.quick.places cimport Maker, fixed, list_in, owner_of, present, put, stored
from gateway.quick.program cimport (
    AGREE, APPEND, CONTESTED, DECIMAL, FIXED, LEAF, NEAR, PLAIN, POSITION, VALUES, Branch, Each,
    Group, Known, Memory, Path, Plan, Program, Row,
)
from gateway.quick.texts cimport chosen_by, holds, is_decimal, leaf_of, source_text, stripped
from gateway.quick.tree cimport VERSION, Node, Text, Tree, take
from gateway.quick.values cimport (
    NOTHING, NUMBER, OBJECT, SEVERAL, TEXT, Entry, List, Object, Value, append, copied, equal,
    field_of, has, new_object,
)

version = VERSION

cdef extern from *:
    int __builtin_ctzll(unsigned long long) nogil

cdef enum:
    KEYS_MAX = 16
    NEAR_MAX = 64
    DEPTH_MAX = 64

# The last turn of a loop, for texts that go on in the next one.
cdef struct Last:
    Node *parent
    Object *item


cdef struct Waiting:
    Row *row
    Text text
    Object *item
    Waiting *next

cdef struct Noted:
    Row *row
    Text text

cdef struct Run:
    Maker maker
    Object *root
    Plan *plans
    Each *eaches
    Last *lasts
    Growing *growing
    Waiting *waiting
    Waiting *waited
    int32_t depth
    int32_t keys
    int32_t nears
    Value key[KEYS_MAX]
    Noted near[NEAR_MAX]
    const char *data
    const char *data_end


cdef class Reader:
    """One reading: what C has, and what Python keeps for it."""

    cdef Run run
    cdef Program program
    cdef Memory memory

    cdef bint learn(self, int32_t memo, Text text, Value *value) noexcept:
        cdef Known *known = self.memory.find(memo, text.at, text.size)
        if known != NULL:
            value[0] = known.value
            return True
        try:
            self.memory.learn(self.program, memo, text.at, text.size, value)
        except Exception:
            return False
        return True


def read(Program program, Tree tree):
    """Read a tree with a table's rows; None where Python has to."""
    cdef Entry entry = Entry()
    cdef Reader reader = Reader()
    cdef Run *run = &reader.run
    cdef const char *data = <bytes>tree.data
    reader.program, reader.memory = program, program.renewed()
    entry.program, entry.memory, entry.tree = program, reader.memory, tree
    run.maker.arena, run.maker.made = &entry.arena, &entry.made
    run.plans, run.eaches = program.plans, program.eaches
    run.data, run.data_end = data, data + len(<bytes>tree.data)
    run.root = entry.root = new_object(run.maker.arena, run.maker.made, &program.shapes[0])
    run.lasts = <Last *>take(run.maker.arena, <size_t>program.loops * sizeof(Last))
    run.growing = <Growing *>take(run.maker.arena, <size_t>program.states * sizeof(Growing))
    if entry.root == NULL or run.lasts == NULL or run.growing == NULL:
        return None
    memset(run.lasts, 0, <size_t>program.loops * sizeof(Last))
    if not plan_node(reader, &run.plans[program.start], &tree.root, &tree.root, run.root):
        return None
    if not resolved(reader) or not whole(entry.made):
        return None
    if run.nears:
        entry.near = tuple([
            (run.near[number].row.number, run.near[number].text.at - data,
             run.near[number].text.at - data + run.near[number].text.size,
             run.near[number].text.at[: run.near[number].text.size].decode())
            for number in range(run.nears)
        ])
    return entry


cdef bint whole(Object *made) noexcept:
    """Tell whether each object has what it needs. One without a shape was let go."""
    while made != NULL:
        if made.shape != NULL and (made.has & made.shape.needs) != made.shape.needs:
            return False
        made = made.before
    return True


cdef bint plan_node(Reader reader, Plan *plan, Node *around, Node *node, Object *item) noexcept:
    """Read one node: its leaves, then its children by name, then what joins several."""
    cdef Run *run = &reader.run
    cdef int32_t number
    cdef bint done = True
    if run.depth >= DEPTH_MAX:
        return False
    run.depth += 1
    for number in range(plan.rows):
        if not row_text(reader, &plan.row[number], node, item):
            return False
    for number in range(plan.whole):
        if not turn(reader, plan.each[number], node, node, item):
            return False
    if plan.groups and node.first != NULL:
        if not children(reader, plan, node, item):
            return False
    for number in range(plan.joins):
        if not row_text(reader, &plan.join[number], node, item):
            return False
    run.depth -= 1
    return done


cdef bint children(Reader reader, Plan *plan, Node *node, Object *item) noexcept:
    """Hand each child to what reads nodes of its name."""
    cdef Node *child = node.first
    cdef Group *group
    cdef int32_t *counts = NULL
    if plan.counters:
        counts = <int32_t *>take(reader.run.maker.arena, <size_t>plan.counters * sizeof(int32_t))
        if counts == NULL:
            return False
        memset(counts, 0, <size_t>plan.counters * sizeof(int32_t))
    while child != NULL:
        group = plan.group[child.name] if 0 <= child.name < plan.groups else NULL
        if group != NULL:
            if group.count <= 64:
                if not by_bits(reader, group, counts, node, child, item, chosen_by(group, child)):
                    return False
            else:
                for number in range(group.count):
                    if not branch(reader, &group.branches[number], counts, node, child, item):
                        return False
        child = child.next
    return True


cdef bint by_bits(
    Reader reader, Group *group, int32_t *counts, Node *node, Node *child, Object *item, uint64_t chosen
) noexcept:
    """Follow the branches that are chosen, in their order."""
    cdef int number
    while chosen:
        number = __builtin_ctzll(chosen)
        chosen &= chosen - 1
        if not branch(reader, &group.branches[number], counts, node, child, item):
            return False
    return True


cdef bint branch(Reader reader, Branch *one, int32_t *counts, Node *node, Node *child, Object *item) noexcept:
    """Follow one branch, if what else it asks is so."""
    cdef int32_t which
    for which in range(one.count):
        if not holds(&one.conditions[which], child):
            return True
    if one.nth:
        counts[one.counter] += 1
        if counts[one.counter] != one.nth:
            return True
    if one.each >= 0:
        return turn(reader, one.each, node, child, item)
    return plan_node(reader, &reader.run.plans[one.plan], node, child, item)


cdef bint row_text(Reader reader, Row *row, Node *node, Object *item) noexcept:
    """Read one row: its text, or the texts of a leaf that is there several times."""
    cdef Text text
    cdef int32_t number
    cdef Value value
    if row.source.kind == LEAF:
        text = leaf_of(node, row.source.pieces[0].slot)
    elif not source_text(reader.run.maker.arena, &row.source, node, &text):
        return False
    if text.size == 0:
        return True
    if not row_value(reader, row, text, item, &value):
        return False
    if row.source.kind != LEAF:
        return True
    for number in range(1, row.source.count):
        text = leaf_of(node, row.source.pieces[number].slot)
        if text.size == 0:
            return True
        if number == row.source.count - 1:
            # There may be more of it than anybody asked for.
            return False
        if not row_value(reader, row, text, item, &value) or value.kind == NOTHING:
            return False
    return True


cdef bint row_value(Reader reader, Row *row, Text text, Object *item, Value *value) noexcept:
    """Turn a text into a value and put it in its place."""
    cdef Waiting *waiting
    cdef Object *base
    if row.kind == POSITION:
        waiting = <Waiting *>take(reader.run.maker.arena, sizeof(Waiting))
        if waiting == NULL:
            return False
        waiting.row, waiting.text, waiting.next = row, text, NULL
        waiting.item = reader.run.root if row.path.absolute else item
        if reader.run.waited == NULL:
            reader.run.waiting = waiting
        else:
            reader.run.waited.next = waiting
        reader.run.waited = waiting
        value.kind = NUMBER
        return True
    if not converted(reader, row.kind, row.memo, text, value):
        return False
    if value.kind == NOTHING:
        return True
    if row.skipped.at != NULL and row.kind == PLAIN and row.skipped.size == text.size:
        if memcmp(text.at, row.skipped.at, text.size) == 0:
            value.kind = NOTHING
            return True
    base = reader.run.root if row.path.absolute else item
    if row.flags & VALUES:
        return several(reader, row, base, value[0], text)
    return stored(&reader.run.maker, row, base, value[0])


cdef inline bint is_bare(unsigned char byte) noexcept:
    """Tell that nothing has to be taken off here."""
    return 0x20 < byte < 0x80


cdef bint converted(Reader reader, int32_t kind, int32_t memo, Text text, Value *value) noexcept:
    """Turn a text into a value; NOTHING where it says nothing."""
    if kind == PLAIN:
        if not (is_bare(text.at[0]) and is_bare(text.at[text.size - 1])) and not stripped(&text):
            return False
        value.at, value.size = <void *>text.at, text.size
        value.kind = TEXT if text.size else NOTHING
        return True
    if kind == DECIMAL and is_decimal(text):
        value.at, value.size, value.kind = <void *>text.at, text.size, TEXT
        return True
    return reader.learn(memo, text, value)


cdef bint several(Reader reader, Row *row, Object *base, Value found, Text text) noexcept:
    """Put the values of a row where its paths say, as far as nothing else is there."""
    cdef int32_t number
    cdef int same
    cdef Path *path
    cdef Value value
    cdef Value *there
    cdef Object *owner
    if row.paths > 1 and (found.kind != SEVERAL or found.size != row.paths):
        return False
    for number in range(row.paths):
        path = &row.path[number]
        value = (<Value *>found.at)[number] if row.paths > 1 else found
        if value.kind == NOTHING:
            continue
        if path.last == FIXED:
            owner = owner_of(&reader.run.maker, path, base)
            same = fixed(&reader.run.maker, owner, path, value) if owner != NULL else 0
            if same != 1:
                return same == 2
            continue
        there = NULL if path.last == APPEND else present(path, base)
        if there == NULL:
            if not copied(reader.run.maker.arena, reader.run.maker.made, &value) or not put(&reader.run.maker, path, base, value):
                return False
            continue
        same = equal(there[0], value)
        if same < 0 or (same == 0 and row.flags & AGREE):
            return False
        if same == 0 or not row.flags & (AGREE | CONTESTED):
            return True
    return noted(reader, row, text) if row.flags & NEAR else True


cdef bint noted(Reader reader, Row *row, Text text) noexcept:
    """Keep the first place where a row's value is near, not the same."""
    cdef Run *run = &reader.run
    cdef int32_t number
    for number in range(run.nears):
        if run.near[number].row == row:
            return True
    if run.nears == NEAR_MAX or row.source.kind != LEAF:
        return False
    if text.at < run.data or text.at + text.size > run.data_end:
        return False
    run.near[run.nears].row, run.near[run.nears].text = row, text
    run.nears += 1
    return True


cdef bint key_of(Reader reader, Each *each, Node *node, Value *value) noexcept:
    """Find a turn's key before anything else of it: inner loops ask for it."""
    cdef int32_t number
    cdef Text text, bare
    value.kind = NOTHING
    for number in range(each.keys):
        if not source_text(reader.run.maker.arena, &each.key[number].source, node, &text):
            return False
        bare = text
        if not stripped(&bare):
            return False
        if bare.size:
            return converted(reader, each.key[number].kind, each.key[number].memo, text, value)
    return True


cdef bint turn(Reader reader, int32_t which, Node *around, Node *node, Object *item) noexcept:
    """Read one turn of a loop into a new item, or into the one that has its key."""
    cdef Run *run = &reader.run
    cdef Each *each = &run.eaches[which]
    cdef Object *made
    cdef Object *owner
    cdef Object *known = NULL
    cdef List *items
    cdef Value key, value
    cdef int32_t number
    if each.wraps and run.lasts[which].parent == around and only(each, node):
        return goes_on(reader, each, node, run.lasts[which].item)
    key.kind = NOTHING
    if each.keyed:
        if run.keys == KEYS_MAX or not key_of(reader, each, node, &key):
            return False
        run.key[run.keys] = key
        run.keys += 1
    made = new_object(run.maker.arena, run.maker.made, each.item)
    if made == NULL or not plan_node(reader, &run.plans[each.plan], around, node, made):
        return False
    if each.keyed:
        run.keys -= 1
    if made.has == 0:
        made.shape = NULL
        return True
    owner = owner_of(&reader.run.maker, &each.path, run.root if each.path.absolute else item)
    items = list_in(&reader.run.maker, owner, each.path.field) if owner != NULL else NULL
    if items == NULL:
        return False
    if each.find and key.kind != NOTHING and not found_by(&reader.run.maker, each, items, key, &known):
        return False
    if known != NULL:
        if not merged(each, known, made):
            return False
    else:
        value.at, value.size, value.kind = made, 0, OBJECT
        if not append(run.maker.arena, items, value) or not finished(reader, each, made, items.count):
            return False
        run.lasts[which].parent, run.lasts[which].item = around, made
        for number in range(each.texts):
            run.growing[each.state + number].piece = -1
            run.growing[each.state + number].room = 0
    if each.within_path != NULL and key.kind != NOTHING:
        return put(&reader.run.maker, each.within_path, item, key)
    return True


cdef bint only(Each *each, Node *node) noexcept:
    """Tell whether a turn carries nothing but texts that go on with those of the turn before it."""
    cdef int32_t leaves = 0, wrapped = 0
    count_leaves(each, node, &leaves, &wrapped)
    return wrapped > 0 and wrapped == leaves


cdef void count_leaves(Each *each, Node *node, int32_t *leaves, int32_t *wrapped) noexcept:
    cdef int32_t number
    cdef Node *child = node.first
    leaves[0] += node.leaves
    for number in range(each.wraps):
        if each.wrapped[2 * number] == node.name and leaf_of(node, each.wrapped[2 * number + 1]).size:
            wrapped[0] += 1
    while child != NULL:
        count_leaves(each, child, leaves, wrapped)
        child = child.next


cdef bint goes_on(Reader reader, Each *each, Node *node, Object *item) noexcept:
    """Join a turn that only goes on with the texts of the one before it."""
    cdef int32_t number
    cdef Text text
    cdef Value value
    cdef Value *before
    for number in range(each.texts):
        if not source_text(reader.run.maker.arena, &each.wrap[number].source, node, &text):
            return False
        if text.size == 0:
            continue
        before = present(&each.wrap[number].path, item)
        if before != NULL and before.kind != TEXT:
            return False
        if not grown(&reader.run.maker, &each.wrap[number], &reader.run.growing[each.state + number], before, text, &value):
            return False
        if not put(&reader.run.maker, &each.wrap[number].path, item, value):
            return False
    return True


cdef bint finished(Reader reader, Each *each, Object *made, int32_t count) noexcept:
    """Give a new item what it says, its parents' keys and its number."""
    cdef int32_t number
    cdef Value value
    cdef Text text
    cdef char *digits
    for number in range(each.said):
        field_of(made, each.said_fields[number])[0] = each.said_values[number]
        made.has |= <uint64_t>1 << each.said_fields[number]
    for number in range(each.by):
        if each.by_path[number] != NULL and reader.run.key[number].kind != NOTHING:
            if not put(&reader.run.maker, each.by_path[number], made, reader.run.key[number]):
                return False
    for number in range(each.ordinals):
        value.at, value.size, value.kind = NULL, count, NUMBER
        if each.ordinal[number].memo >= 0:
            digits = <char *>take(reader.run.maker.arena, 12)
            if digits == NULL:
                return False
            text.at, text.size = digits, 0
            plain = str(count).encode()
            memcpy(digits, <char *>plain, len(plain))
            text.size = <int32_t>len(plain)
            if not reader.learn(each.ordinal[number].memo, text, &value):
                return False
        if not put(&reader.run.maker, &each.ordinal[number].path, made, value):
            return False
    return True


cdef bint resolved(Reader reader) noexcept:
    """Turn positions in another list into the key of the item that stands there."""
    cdef Waiting *waiting = reader.run.waiting
    cdef Object *root = reader.run.root
    cdef Object *one
    cdef Row *row
    cdef Text text
    cdef Value value
    cdef List *items
    cdef int32_t number, at
    while waiting != NULL:
        row, text = waiting.row, waiting.text
        if not stripped(&text) or text.size == 0 or text.size > 8 or not has(root, row.nth_list):
            return False
        number = 0
        for at in range(text.size):
            if not (c'0' <= text.at[at] <= c'9'):
                return False
            number = number * 10 + (text.at[at] - c'0')
        items = <List *>field_of(root, row.nth_list).at
        if not 1 <= number <= items.count or items.items[number - 1].kind != OBJECT:
            return False
        one = <Object *>items.items[number - 1].at
        if not has(one, row.nth_field) or field_of(one, row.nth_field).kind != TEXT:
            return False
        text.at = <char *>field_of(one, row.nth_field).at
        text.size = field_of(one, row.nth_field).size
        if not reader.learn(row.memo, text, &value) or value.kind == NOTHING:
            return False
        if not put(&reader.run.maker, row.path, waiting.item, value):
            return False
        waiting = waiting.next
    return True
