"""Places in an entry: found by the paths of rows, and made where they are missing. See places.pxd."""

from libc.stdint cimport int32_t, uint64_t

from gateway.quick.program cimport AGREE, APPEND, FIXED, ITEM, SAYING, SINGLE
from gateway.quick.tree cimport VERSION, take
from gateway.quick.values cimport (
    LIST, NOTHING, OBJECT, TEXT, append, copied, equal, field_of, has, insert, new_list, new_object,
)

version = VERSION


cdef List *list_in(Maker *maker, Object *owner, int32_t field) noexcept:
    """Give the list in a field, made where it is missing; NULL where something else is there."""
    cdef Value *place = field_of(owner, field)
    if has(owner, field):
        return <List *>place.at if place.kind == LIST else NULL
    place.at = new_list(maker.arena)
    place.kind = LIST
    place.size = 0
    if place.at == NULL:
        return NULL
    owner.has |= <uint64_t>1 << field
    return <List *>place.at


cdef Object *object_in(Maker *maker, Value *place, Shape *shape) noexcept:
    """Put a new object in a place."""
    place.at = new_object(maker.arena, maker.made, shape)
    place.kind = OBJECT
    place.size = 0
    return <Object *>place.at


cdef Object *step_down(Maker *maker, Step *step, Object *here) noexcept:
    """Go one step down in the entry, and make what is missing; NULL where that does not go."""
    cdef Value *place = field_of(here, step.field)
    cdef Value gap
    cdef List *items
    cdef Object *found
    cdef int32_t number
    if step.kind != ITEM and step.kind != SAYING:
        if has(here, step.field):
            return <Object *>place.at if place.kind == OBJECT else NULL
        found = object_in(maker, place, step.there)
        here.has |= <uint64_t>1 << step.field
        if found != NULL and step.kind == SINGLE:
            field_of(found, step.said)[0] = step.value
            found.has |= <uint64_t>1 << step.said
        return found
    items = list_in(maker, here, step.field)
    if items == NULL:
        return NULL
    gap.at, gap.size, gap.kind = NULL, 0, NOTHING
    if step.kind == ITEM:
        while items.count <= step.number:
            if not append(maker.arena, items, gap):
                return NULL
        if items.items[step.number].kind == NOTHING:
            return object_in(maker, &items.items[step.number], step.there)
        return <Object *>items.items[step.number].at if items.items[step.number].kind == OBJECT else NULL
    for number in range(items.count):
        if items.items[number].kind == OBJECT:
            found = <Object *>items.items[number].at
            if has(found, step.said) and equal(field_of(found, step.said)[0], step.value) == 1:
                return found
    if not append(maker.arena, items, gap):
        return NULL
    found = object_in(maker, &items.items[items.count - 1], step.there)
    if found != NULL:
        field_of(found, step.said)[0] = step.value
        found.has |= <uint64_t>1 << step.said
    return found


cdef Object *owner_of(Maker *maker, Path *path, Object *here) noexcept:
    """Find or make the object around a path's end."""
    cdef int32_t number
    for number in range(path.count):
        here = step_down(maker, &path.steps[number], here)
        if here == NULL:
            return NULL
    return here


cdef int fixed(Maker *maker, Object *owner, Path *path, Value value) noexcept:
    """Put a text into its list by number, without gaps: 1 when it is in, 2 where one is there already."""
    cdef List *items = list_in(maker, owner, path.field)
    cdef int32_t at = 0
    cdef int32_t number
    cdef int32_t *larger
    if items == NULL:
        return 0
    while at < items.numbered and items.taken[at] < path.number:
        at += 1
    if at < items.numbered and items.taken[at] == path.number:
        return 2
    larger = <int32_t *>take(maker.arena, <size_t>(items.numbered + 1) * sizeof(int32_t))
    if larger == NULL or at > items.count:
        return 0
    for number in range(items.numbered):
        larger[number + (number >= at)] = items.taken[number]
    larger[at] = path.number
    items.taken = larger
    items.numbered += 1
    return insert(maker.arena, items, at, value)


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


cdef bint put(Maker *maker, Path *path, Object *item, Value value) noexcept:
    """Set a value whatever is there, or append it; an item by number needs the ones before it."""
    cdef Object *owner = owner_of(maker, path, item)
    cdef List *items
    if owner == NULL:
        return False
    if path.last == APPEND or path.last == FIXED:
        items = list_in(maker, owner, path.field)
        if items == NULL or (path.last == FIXED and path.number != items.count):
            return False
        return append(maker.arena, items, value)
    field_of(owner, path.field)[0] = value
    owner.has |= <uint64_t>1 << path.field
    return True


cdef bint stored(Maker *maker, Row *row, Object *base, Value value) noexcept:
    """Put a value where a row says, if nothing else is there."""
    cdef Path *path = row.path
    cdef Object *owner = owner_of(maker, path, base)
    cdef List *items
    cdef Value *place
    if owner == NULL:
        return False
    if path.last == APPEND:
        items = list_in(maker, owner, path.field)
        return items != NULL and copied(maker.arena, maker.made, &value) \
            and append(maker.arena, items, value)
    if path.last == FIXED:
        return fixed(maker, owner, path, value) != 0
    place = field_of(owner, path.field)
    if not has(owner, path.field):
        place[0] = value
        owner.has |= <uint64_t>1 << path.field
        return value.kind == TEXT or copied(maker.arena, maker.made, place)
    return not row.flags & AGREE or equal(place[0], value) == 1
