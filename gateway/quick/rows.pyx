"""A table's rows over a tree: what `gateway/mapping/emit.py` writes as Python, done in C.

Whatever is not right gives up, and so does what is not done here: `read` gives None, and the caller
asks Python, which explains. A function that gives 0 has given up.
"""

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from gateway.quick.program cimport (
    AGREE, APPEND, CONTESTED, DECIMAL, FIXED, LEAF, MEMO, NEAR, PLAIN, POSITION, VALUES,
    Branch, Each, Group, Known, Memory, Path, Plan, Program, Question, Row, Wrap,
)
from gateway.quick.program cimport ITEM, SAYING, SINGLE, Step
from gateway.quick.texts cimport holds, is_decimal, leaf_of, source_text, stripped
from gateway.quick.tree cimport VERSION, Arena, Node, Text, Tree, take
from gateway.quick.values cimport (
    LIST, NOTHING, NUMBER, OBJECT, SEVERAL, TEXT, Entry, List, Object, Shape, Value,
    append, copied, equal, field_of, has, insert, new_list, new_object,
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

# One such text: the length of its last piece in characters (-1 at first), and memory to grow in.
cdef struct Growing:
    int32_t piece
    int32_t room
    char *start

cdef struct Waiting:
    Row *row
    Text text
    Object *item
    Waiting *next

cdef struct Noted:
    Row *row
    Text text

cdef struct Run:
    Arena *arena
    Object **made
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
    run.arena, run.made = &entry.arena, &entry.made
    run.plans, run.eaches = program.plans, program.eaches
    run.data, run.data_end = data, data + len(<bytes>tree.data)
    run.root = entry.root = new_object(run.arena, run.made, &program.shapes[0])
    run.lasts = <Last *>take(run.arena, <size_t>program.loops * sizeof(Last))
    run.growing = <Growing *>take(run.arena, <size_t>program.states * sizeof(Growing))
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
        counts = <int32_t *>take(reader.run.arena, <size_t>plan.counters * sizeof(int32_t))
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


cdef uint64_t chosen_by(Group *group, Node *child) noexcept:
    """Ask each leaf that chooses branches once."""
    cdef uint64_t chosen = group.always
    cdef Question *question
    cdef Node *place
    cdef Text text
    cdef int32_t number, which
    for number in range(group.questions):
        question = &group.question[number]
        place = child
        for which in range(question.names):
            place = place.first
            while place != NULL and place.name != question.path[which]:
                place = place.next
            if place == NULL:
                break
        if place != NULL:
            text = leaf_of(place, question.slot)
            for which in range(question.count):
                if question.texts[which].size == text.size:
                    if text.size == 0 or memcmp(question.texts[which].at, text.at, text.size) == 0:
                        chosen |= question.chosen[which]
                        break
            else:
                chosen |= question.other
        else:
            chosen |= question.other
    return chosen


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
    elif not source_text(reader.run.arena, &row.source, node, &text):
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
        waiting = <Waiting *>take(reader.run.arena, sizeof(Waiting))
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
    return stored(reader, row, base, value[0])


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


cdef List *list_in(Reader reader, Object *owner, int32_t field) noexcept:
    """Give the list in a field, made where it is missing; NULL where something else is there."""
    cdef Value *place = field_of(owner, field)
    if has(owner, field):
        return <List *>place.at if place.kind == LIST else NULL
    place.at = new_list(reader.run.arena)
    place.kind = LIST
    place.size = 0
    if place.at == NULL:
        return NULL
    owner.has |= <uint64_t>1 << field
    return <List *>place.at


cdef Object *object_in(Reader reader, Value *place, Shape *shape) noexcept:
    """Put a new object in a place."""
    place.at = new_object(reader.run.arena, reader.run.made, shape)
    place.kind = OBJECT
    place.size = 0
    return <Object *>place.at


cdef Object *step_down(Reader reader, Step *step, Object *here) noexcept:
    """Go one step down in the entry, and make what is missing; NULL where that does not go."""
    cdef Value *place = field_of(here, step.field)
    cdef Value gap
    cdef List *items
    cdef Object *found
    cdef int32_t number
    if step.kind != ITEM and step.kind != SAYING:
        if has(here, step.field):
            return <Object *>place.at if place.kind == OBJECT else NULL
        found = object_in(reader, place, step.there)
        here.has |= <uint64_t>1 << step.field
        if found != NULL and step.kind == SINGLE:
            field_of(found, step.said)[0] = step.value
            found.has |= <uint64_t>1 << step.said
        return found
    items = list_in(reader, here, step.field)
    if items == NULL:
        return NULL
    gap.at, gap.size, gap.kind = NULL, 0, NOTHING
    if step.kind == ITEM:
        while items.count <= step.number:
            if not append(reader.run.arena, items, gap):
                return NULL
        if items.items[step.number].kind == NOTHING:
            return object_in(reader, &items.items[step.number], step.there)
        return <Object *>items.items[step.number].at if items.items[step.number].kind == OBJECT else NULL
    for number in range(items.count):
        if items.items[number].kind == OBJECT:
            found = <Object *>items.items[number].at
            if has(found, step.said) and equal(field_of(found, step.said)[0], step.value) == 1:
                return found
    if not append(reader.run.arena, items, gap):
        return NULL
    found = object_in(reader, &items.items[items.count - 1], step.there)
    if found != NULL:
        field_of(found, step.said)[0] = step.value
        found.has |= <uint64_t>1 << step.said
    return found


cdef Object *owner_of(Reader reader, Path *path, Object *here) noexcept:
    """Find or make the object around a path's end."""
    cdef int32_t number
    for number in range(path.count):
        here = step_down(reader, &path.steps[number], here)
        if here == NULL:
            return NULL
    return here


cdef int fixed(Reader reader, Object *owner, Path *path, Value value) noexcept:
    """Put a text into its list by number, without gaps: 1 when it is in, 2 where one is there already."""
    cdef List *items = list_in(reader, owner, path.field)
    cdef int32_t at = 0
    cdef int32_t number
    cdef int32_t *larger
    if items == NULL:
        return 0
    while at < items.numbered and items.taken[at] < path.number:
        at += 1
    if at < items.numbered and items.taken[at] == path.number:
        return 2
    larger = <int32_t *>take(reader.run.arena, <size_t>(items.numbered + 1) * sizeof(int32_t))
    if larger == NULL or at > items.count:
        return 0
    for number in range(items.numbered):
        larger[number + (number >= at)] = items.taken[number]
    larger[at] = path.number
    items.taken = larger
    items.numbered += 1
    return insert(reader.run.arena, items, at, value)


cdef bint stored(Reader reader, Row *row, Object *base, Value value) noexcept:
    """Put a value where a row says, if nothing else is there."""
    cdef Path *path = row.path
    cdef Object *owner = owner_of(reader, path, base)
    cdef List *items
    cdef Value *place
    if owner == NULL:
        return False
    if path.last == APPEND:
        items = list_in(reader, owner, path.field)
        return items != NULL and copied(reader.run.arena, reader.run.made, &value) \
            and append(reader.run.arena, items, value)
    if path.last == FIXED:
        return fixed(reader, owner, path, value) != 0
    place = field_of(owner, path.field)
    if not has(owner, path.field):
        place[0] = value
        owner.has |= <uint64_t>1 << path.field
        return value.kind == TEXT or copied(reader.run.arena, reader.run.made, place)
    return not row.flags & AGREE or equal(place[0], value) == 1


cdef Value *present(Path *path, Object *here) noexcept:
    """Give what is at a path now, or NULL."""
    cdef Value *place
    cdef List *items
    cdef Step *step
    cdef int32_t number, which
    for number in range(path.count):
        step = &path.steps[number]
        if not has(here, step.field):
            return NULL
        place = field_of(here, step.field)
        if step.kind == ITEM or step.kind == SAYING:
            items = <List *>place.at
            for which in range(items.count):
                place = &items.items[which]
                if step.kind == ITEM and which == step.number:
                    break
                if step.kind == SAYING and place.kind == OBJECT and says(<Object *>place.at, step):
                    break
            else:
                return NULL
            if place.kind == NOTHING:
                return NULL
        elif step.kind == SINGLE and not says(<Object *>place.at, step):
            return NULL
        here = <Object *>place.at
    return field_of(here, path.field) if has(here, path.field) else NULL


cdef bint says(Object *owner, Step *step) noexcept:
    return has(owner, step.said) and equal(field_of(owner, step.said)[0], step.value) == 1


cdef bint put(Reader reader, Path *path, Object *item, Value value) noexcept:
    """Set a value whatever is there, or append it; an item by number needs the ones before it."""
    cdef Object *owner = owner_of(reader, path, item)
    cdef List *items
    if owner == NULL:
        return False
    if path.last == APPEND or path.last == FIXED:
        items = list_in(reader, owner, path.field)
        if items == NULL or (path.last == FIXED and path.number != items.count):
            return False
        return append(reader.run.arena, items, value)
    field_of(owner, path.field)[0] = value
    owner.has |= <uint64_t>1 << path.field
    return True


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
            owner = owner_of(reader, path, base)
            same = fixed(reader, owner, path, value) if owner != NULL else 0
            if same != 1:
                return same == 2
            continue
        there = NULL if path.last == APPEND else present(path, base)
        if there == NULL:
            if not copied(reader.run.arena, reader.run.made, &value) or not put(reader, path, base, value):
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
        if not source_text(reader.run.arena, &each.key[number].source, node, &text):
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
    made = new_object(run.arena, run.made, each.item)
    if made == NULL or not plan_node(reader, &run.plans[each.plan], around, node, made):
        return False
    if each.keyed:
        run.keys -= 1
    if made.has == 0:
        made.shape = NULL
        return True
    owner = owner_of(reader, &each.path, run.root if each.path.absolute else item)
    items = list_in(reader, owner, each.path.field) if owner != NULL else NULL
    if items == NULL:
        return False
    if each.find and key.kind != NOTHING and not found_by(reader, each, items, key, &known):
        return False
    if known != NULL:
        if not merged(each, known, made):
            return False
    else:
        value.at, value.size, value.kind = made, 0, OBJECT
        if not append(run.arena, items, value) or not finished(reader, each, made, items.count):
            return False
        run.lasts[which].parent, run.lasts[which].item = around, made
        for number in range(each.texts):
            run.growing[each.state + number].piece = -1
            run.growing[each.state + number].room = 0
    if each.within_path != NULL and key.kind != NOTHING:
        return put(reader, each.within_path, item, key)
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
        if not source_text(reader.run.arena, &each.wrap[number].source, node, &text):
            return False
        if text.size == 0:
            continue
        before = present(&each.wrap[number].path, item)
        if before != NULL and before.kind != TEXT:
            return False
        if not grown(reader, &each.wrap[number], &reader.run.growing[each.state + number], before, text, &value):
            return False
        if not put(reader, &each.wrap[number].path, item, value):
            return False
    return True


cdef int32_t characters(const char *at, int32_t size) noexcept:
    """Count characters: bytes that do not go on with one."""
    cdef int32_t number, found = 0
    for number in range(size):
        found += (at[number] & 0xC0) != 0x80
    return found


cdef bint grown(Reader reader, Wrap *wrap, Growing *state, Value *before, Text text, Value *value) noexcept:
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
        start = <char *>take(reader.run.arena, state.room)
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
            if not put(reader, each.by_path[number], made, reader.run.key[number]):
                return False
    for number in range(each.ordinals):
        value.at, value.size, value.kind = NULL, count, NUMBER
        if each.ordinal[number].memo >= 0:
            digits = <char *>take(reader.run.arena, 12)
            if digits == NULL:
                return False
            text.at, text.size = digits, 0
            plain = str(count).encode()
            memcpy(digits, <char *>plain, len(plain))
            text.size = <int32_t>len(plain)
            if not reader.learn(each.ordinal[number].memo, text, &value):
                return False
        if not put(reader, &each.ordinal[number].path, made, value):
            return False
    return True


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


cdef bint found_by(Reader reader, Each *each, List *items, Value key, Object **known) noexcept:
    """Find the item of a list that has a key; False where that cannot be told here."""
    cdef Value *place
    cdef int32_t number
    if key.kind != TEXT:
        return False
    for number in range(items.seen, items.count):
        if not indexed(reader, each, items, number):
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


cdef bint indexed(Reader reader, Each *each, List *items, int32_t number) noexcept:
    """Put an item into its list's table; the first item with a key is the one that is found."""
    cdef Value *key
    cdef int32_t again, at
    if number * 2 >= items.places:
        items.places = items.places * 2 if items.places else 16
        if items.places > (1 << 28):
            return False
        items.table = <int32_t *>take(reader.run.arena, <size_t>items.places * sizeof(int32_t))
        if items.table == NULL:
            items.places = 0
            return False
        memset(items.table, 0, <size_t>items.places * sizeof(int32_t))
        for again in range(number):
            if not indexed(reader, each, items, again):
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
        if not put(reader, row.path, waiting.item, value):
            return False
        waiting = waiting.next
    return True
