"""A table's rows, from tuples into C structures. See program.pxd."""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize, PyUnicode_DecodeUTF8
from libc.string cimport memcmp, memcpy, memset

from gateway.quick.tree cimport VERSION, begin, release, take
from gateway.quick.values cimport (
    NOTHING, OBJECT, OTHER, SEVERAL, TEXT, Other, field_of, new_object,
)
from cpython.object cimport PyObject

version = VERSION

cdef int32_t REMEMBERED_MAX = 4096


cdef void *room(Arena *arena, size_t size) except NULL:
    """Give cleared memory."""
    cdef void *found = take(arena, size if size else 1)
    if found == NULL:
        raise MemoryError
    memset(found, 0, size)
    return found


cdef Text text_of(Arena *arena, str text) except *:
    """Keep a text."""
    cdef Text found
    cdef Py_ssize_t size
    cdef const char *at = PyUnicode_AsUTF8AndSize(text, &size)
    cdef char *copy = <char *>room(arena, size)
    memcpy(copy, at, size)
    found.at = copy
    found.size = <int32_t>size
    found.flags = 0
    return found


cdef Value value_of(Program program, Arena *arena, list held, object plain, int32_t shape) except *:
    """Make a value of what Python has; `ValueError` for a kind that is not known here.

    `shape` is that of an object, -1 where none is expected.
    """
    cdef Value found
    cdef Text text
    cdef Object *owner
    cdef Object *made = NULL
    cdef Other *other
    cdef Value *several
    cdef int32_t number
    found.at = NULL
    found.size = 0
    found.kind = NOTHING
    if plain is None:
        return found
    if isinstance(plain, str):
        text = text_of(arena, plain)
        found.at, found.size, found.kind = <void *>text.at, text.size, TEXT
    elif isinstance(plain, dict):
        if shape < 0:
            raise ValueError("no shape")
        owner = new_object(arena, &made, &program.shapes[shape])
        if owner == NULL:
            raise MemoryError
        for name, one in plain.items():
            number = (<dict>program.fields[shape])[name]
            field_of(owner, number)[0] = value_of(program, arena, held, one, -1)
            owner.has |= <uint64_t>1 << number
        found.at, found.kind = owner, OBJECT
    elif isinstance(plain, tuple):
        several = <Value *>room(arena, len(plain) * sizeof(Value))
        for number in range(<int32_t>len(plain)):
            several[number] = value_of(program, arena, held, plain[number], shape)
        found.at, found.size, found.kind = several, <int32_t>len(plain), SEVERAL
    elif plain is True or plain is False or type(plain) is int:
        other = <Other *>room(arena, sizeof(Other))
        text = text_of(arena, "true" if plain is True else "false" if plain is False else str(plain))
        held.append(plain)
        other.object = <PyObject *>plain
        other.json, other.size = <char *>text.at, text.size
        found.at, found.kind = other, OTHER
    else:
        raise ValueError("a kind of value that is not known here")
    return found


cdef class Program:
    """A table's rows. `asked` of the tree that it reads is its writer's.

    shapes: (names in order, names that are needed); plans and eaches as `emit_quick.py` says;
    converters: for each memo (what makes a value of a text, the shape of it or -1).
    """

    def __cinit__(self, tuple shapes, tuple plans, tuple eaches, tuple converters, int names, int start):
        begin(&self.arena, <size_t>1 << 31)
        self.held = []
        self.fields = []
        self.order = []
        self.converters = list(converters)
        self.memos = <int32_t>len(converters)
        self.loops, self.start = <int32_t>len(eaches), start
        self._shapes(shapes)
        self.eaches = <Each *>room(&self.arena, len(eaches) * sizeof(Each))
        self.plans = <Plan *>room(&self.arena, len(plans) * sizeof(Plan))
        for number, one in enumerate(eaches):
            self._each(&self.eaches[<int>number], one)
        for number, one in enumerate(plans):
            self._plan(&self.plans[<int>number], one, names)
        self.memory = Memory(self)

    def __dealloc__(self):
        release(&self.arena)

    cdef Memory renewed(self):
        """Give the memory; a new one when too much is in it."""
        if self.memory.full:
            self.memory = Memory(self)
        return self.memory

    cdef int _shapes(self, tuple shapes) except -1:
        cdef Shape *shape
        cdef Text text
        cdef int number
        self.shapes = <Shape *>room(&self.arena, len(shapes) * sizeof(Shape))
        for which, (names, needs) in enumerate(shapes):
            shape = &self.shapes[<int>which]
            shape.count = <int32_t>len(names)
            if shape.count > 64:
                raise ValueError("an object of more than 64 fields")
            shape.fields = <Field *>room(&self.arena, len(names) * sizeof(Field))
            self.fields.append({name: number for number, name in enumerate(names)})
            self.order.append(names)
            for number, name in enumerate(names):
                self.held.append(name)
                text = text_of(&self.arena, f',"{name}":')
                shape.fields[number].name = <PyObject *>name
                shape.fields[number].json = <char *>text.at
                shape.fields[number].size = text.size
                if name in needs:
                    shape.needs |= <uint64_t>1 << number
        return 0

    cdef int32_t _field(self, int shape, str name) except -1:
        return (<dict>self.fields[shape])[name]

    cdef int _conditions(self, int32_t *count, Condition **found, tuple conditions) except -1:
        cdef Condition *one
        cdef int number
        count[0] = <int32_t>len(conditions)
        found[0] = <Condition *>room(&self.arena, len(conditions) * sizeof(Condition))
        for which, (path, slot, values, negated) in enumerate(conditions):
            one = &found[0][<int>which]
            one.names = <int32_t>len(path)
            one.path = <int32_t *>room(&self.arena, len(path) * sizeof(int32_t))
            for number in range(one.names):
                one.path[number] = path[number]
            one.slot, one.negated, one.count = slot, negated, <int32_t>len(values)
            one.texts = <Text *>room(&self.arena, len(values) * sizeof(Text))
            for number in range(one.count):
                one.texts[number] = text_of(&self.arena, values[number])
        return 0

    cdef int _source(self, Source *source, tuple plain) except -1:
        cdef Piece *piece
        cdef Follow *follow
        kind, wrap, absent, pieces = plain
        source.kind, source.wrap, source.absent = kind, wrap, absent
        source.count = <int32_t>len(pieces)
        source.pieces = <Piece *>room(&self.arena, len(pieces) * sizeof(Piece))
        for which, (steps, slot) in enumerate(pieces):
            piece = &source.pieces[<int>which]
            piece.slot, piece.steps = slot, <int32_t>len(steps)
            piece.follow = <Follow *>room(&self.arena, len(steps) * sizeof(Follow))
            for number, (name, conditions, nth) in enumerate(steps):
                follow = &piece.follow[<int>number]
                follow.name, follow.nth = name, nth
                self._conditions(&follow.count, &follow.conditions, conditions)
        return 0

    cdef int _path(self, Path *path, tuple plain) except -1:
        cdef Step *step
        absolute, steps, (last, owner, name, number) = plain
        path.absolute, path.count = absolute, <int32_t>len(steps)
        path.steps = <Step *>room(&self.arena, len(steps) * sizeof(Step))
        for which, (kind, shape, field, there, item, said, value) in enumerate(steps):
            step = &path.steps[<int>which]
            step.kind, step.field, step.number = kind, self._field(shape, field), item
            step.there = &self.shapes[<int>there]
            step.said = self._field(there, said) if said else -1
            step.value = value_of(self, &self.arena, self.held, value, -1)
        path.last, path.field, path.number = last, self._field(owner, name), number
        return 0

    cdef int _row(self, Row *row, tuple plain) except -1:
        cdef int number
        source, kind, skipped, memo, paths, flags, which, nth = plain
        self._source(&row.source, source)
        row.kind, row.memo, row.flags, row.number = kind, memo, flags, which
        row.skipped.at = NULL
        if skipped:
            row.skipped = text_of(&self.arena, skipped)
        row.paths = <int32_t>len(paths)
        row.path = <Path *>room(&self.arena, len(paths) * sizeof(Path))
        for number in range(row.paths):
            self._path(&row.path[number], paths[number])
        if nth is not None:
            row.nth_list = self._field(0, nth[0])
            row.nth_field = self._field(nth[1], nth[2])
        return 0

    cdef int _plan(self, Plan *plan, tuple plain, int names) except -1:
        cdef int number
        cdef Group *group
        rows, whole, groups, joins = plain
        plan.rows, plan.joins, plan.whole = <int32_t>len(rows), <int32_t>len(joins), <int32_t>len(whole)
        plan.row = <Row *>room(&self.arena, len(rows) * sizeof(Row))
        plan.join = <Row *>room(&self.arena, len(joins) * sizeof(Row))
        plan.each = <int32_t *>room(&self.arena, len(whole) * sizeof(int32_t))
        for number in range(plan.rows):
            self._row(&plan.row[number], rows[number])
        for number in range(plan.joins):
            self._row(&plan.join[number], joins[number])
        for number in range(plan.whole):
            plan.each[number] = whole[number]
        plan.groups = names if groups else 0
        plan.group = <Group **>room(&self.arena, plan.groups * sizeof(Group *))
        for name, branches, questions, always in groups:
            group = <Group *>room(&self.arena, sizeof(Group))
            plan.group[<int>name] = group
            group.always = always
            self._questions(group, questions)
            group.count = <int32_t>len(branches)
            group.branches = <Branch *>room(&self.arena, len(branches) * sizeof(Branch))
            for number in range(group.count):
                conditions, nth, where, each = branches[number]
                group.branches[number].nth, group.branches[number].plan = nth, where
                group.branches[number].each = each
                group.branches[number].counter = plan.counters
                plan.counters += 1 if nth else 0
                group.counted |= 1 if nth else 0
                self._conditions(&group.branches[number].count, &group.branches[number].conditions, conditions)
        return 0

    cdef int _questions(self, Group *group, tuple questions) except -1:
        cdef Question *one
        cdef int number
        group.questions = <int32_t>len(questions)
        group.question = <Question *>room(&self.arena, len(questions) * sizeof(Question))
        for which, (path, slot, texts, other) in enumerate(questions):
            one = &group.question[<int>which]
            one.names, one.slot, one.other = <int32_t>len(path), slot, other
            one.path = <int32_t *>room(&self.arena, len(path) * sizeof(int32_t))
            for number in range(one.names):
                one.path[number] = path[number]
            one.count = <int32_t>len(texts)
            one.texts = <Text *>room(&self.arena, len(texts) * sizeof(Text))
            one.chosen = <uint64_t *>room(&self.arena, len(texts) * sizeof(uint64_t))
            for number in range(one.count):
                one.texts[number] = text_of(&self.arena, texts[number][0])
                one.chosen[number] = texts[number][1]
        return 0

    cdef int _each(self, Each *each, dict plain) except -1:
        cdef int number
        cdef int item = plain["item"]
        self._path(&each.path, plain["path"])
        each.item = &self.shapes[item]
        each.plan, each.keyed = plain["plan"], plain["keyed"]
        each.find, each.agree = plain["find"], plain["agree"]
        says = plain["says"]
        each.said = <int32_t>len(says)
        each.said_fields = <int32_t *>room(&self.arena, len(says) * sizeof(int32_t))
        each.said_values = <Value *>room(&self.arena, len(says) * sizeof(Value))
        for number in range(each.said):
            each.said_fields[number] = self._field(item, says[number][0])
            each.said_values[number] = value_of(self, &self.arena, self.held, says[number][1], -1)
        keys = plain["keys"]
        each.keys = <int32_t>len(keys)
        each.key = <Key *>room(&self.arena, len(keys) * sizeof(Key))
        for number in range(each.keys):
            source, kind, memo = keys[number]
            self._source(&each.key[number].source, source)
            each.key[number].kind, each.key[number].memo = kind, memo
        if plain["known"] is not None:
            each.known = <Path *>room(&self.arena, sizeof(Path))
            self._path(each.known, plain["known"])
        by = plain["by"]
        each.by = <int32_t>len(by)
        each.by_path = <Path **>room(&self.arena, len(by) * sizeof(Path *))
        for number in range(each.by):
            if by[number] is not None:
                each.by_path[number] = <Path *>room(&self.arena, sizeof(Path))
                self._path(each.by_path[number], by[number])
        ordinals = plain["ordinals"]
        each.ordinals = <int32_t>len(ordinals)
        each.ordinal = <Ordinal *>room(&self.arena, len(ordinals) * sizeof(Ordinal))
        for number in range(each.ordinals):
            self._path(&each.ordinal[number].path, ordinals[number][0])
            each.ordinal[number].memo = ordinals[number][1]
        if plain["within"] is not None:
            each.within_path = <Path *>room(&self.arena, sizeof(Path))
            self._path(each.within_path, plain["within"])
        wraps = plain["wraps"]
        each.wraps = <int32_t>len(wraps) // 2
        each.wrapped = <int32_t *>room(&self.arena, len(wraps) * sizeof(int32_t))
        for number in range(<int32_t>len(wraps)):
            each.wrapped[number] = wraps[number]
        goes_on = plain["goes_on"]
        each.texts, each.state = <int32_t>len(goes_on), self.states
        self.states += each.texts
        each.wrap = <Wrap *>room(&self.arena, len(goes_on) * sizeof(Wrap))
        for number in range(each.texts):
            source, width, path = goes_on[number]
            self._source(&each.wrap[number].source, source)
            self._path(&each.wrap[number].path, path)
            each.wrap[number].width = width
        return 0


cdef uint64_t hashed(const char *text, int32_t size) noexcept:
    cdef uint64_t found = <uint64_t>size * <uint64_t>0x9E3779B97F4A7C15
    cdef uint64_t word
    while size >= 8:
        memcpy(&word, text, 8)
        found = (found ^ word) * <uint64_t>0xFF51AFD7ED558CCD
        found ^= found >> 32
        text += 8
        size -= 8
    if size:
        word = 0
        memcpy(&word, text, size)
        found = (found ^ word) * <uint64_t>0xFF51AFD7ED558CCD
        found ^= found >> 32
    return found


cdef class Memory:
    """What a program's memos have learnt. A memory that is full is given up for a new one."""

    def __cinit__(self, Program program):
        begin(&self.arena, <size_t>1 << 31)
        self.held = []
        self.full = False
        self.memos = <Memo *>room(&self.arena, program.memos * sizeof(Memo))

    def __dealloc__(self):
        release(&self.arena)

    cdef Known *find(self, int32_t memo, const char *text, int32_t size) noexcept:
        """Give what is known of a text, or NULL."""
        cdef Memo *table = &self.memos[memo]
        cdef uint64_t hash
        cdef int32_t at
        if table.room == 0:
            return NULL
        hash = hashed(text, size)
        at = <int32_t>(hash & <uint64_t>(table.room - 1))
        while table.places[at].used:
            if table.places[at].hash == hash and table.places[at].size == size:
                if memcmp(table.places[at].at, text, size) == 0:
                    return &table.places[at]
            at = (at + 1) & (table.room - 1)
        return NULL

    cdef bint learn(self, Program program, int32_t memo, const char *text, int32_t size, Value *value) except -1:
        """Ask Python what a text means, and remember it; `ValueError` where it means nothing good."""
        cdef Memo *table = &self.memos[memo]
        cdef Known *before
        cdef Known one
        cdef int32_t room_before, number
        convert, shape = program.converters[memo]
        plain = convert(PyUnicode_DecodeUTF8(text, size, NULL))
        value[0] = value_of(program, &self.arena, self.held, plain, shape)
        # Python may have let another thread in: only from here on nothing else comes between.
        if self.find(memo, text, size) != NULL:
            return True
        if table.room > (1 << 26):
            self.full = True
            return True
        if table.count * 2 >= table.room:
            before, room_before = table.places, table.room
            number = room_before * 2 if room_before else 16
            table.places = <Known *>room(&self.arena, <size_t>number * sizeof(Known))
            table.room = number
            for number in range(room_before):
                if before[number].used:
                    _put(table, before[number])
        one.hash = hashed(text, size)
        one.at = <char *>take(&self.arena, size if size else 1)
        if one.at == NULL:
            raise MemoryError
        memcpy(<void *>one.at, text, size)
        one.size, one.used, one.value = size, 1, value[0]
        _put(table, one)
        table.count += 1
        if table.count >= REMEMBERED_MAX:
            self.full = True
        return True


cdef void _put(Memo *table, Known one) noexcept:
    cdef int32_t at = <int32_t>(one.hash & <uint64_t>(table.room - 1))
    while table.places[at].used:
        at = (at + 1) & (table.room - 1)
    table.places[at] = one
