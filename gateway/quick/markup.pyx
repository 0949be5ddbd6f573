"""Cuts XML that is known to be valid into a folded tree: what `gateway/formats/wco/fold.py` does, in C.

In a folded tree an element without elements in it is no node: it stands in the values of the element
around it, its text by its name, its attributes by `Name@attribute`. Names that are `kept` there stay
nodes. Comments, CDATA and processing instructions are not done here: `cut` gives None for them.
"""

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memchr, memcmp, memcpy

from gateway.quick.references cimport blank, referring
from gateway.quick.tree cimport TEXT_MAX, VERSION, Arena, Node, Text, Tree, add, take

version = VERSION

cdef enum:
    DEPTH_MAX = 64
    NAMES_MAX = 4096

# A name, or the rest of a key behind `@`, with the slot that an attribute of that name has.
cdef struct Name:
    const char *at
    int32_t size
    int32_t slot

# What is asked of an element where its parent is known, or of a node itself.
cdef struct Wanted:
    int32_t slot          # of its text, -1 where nobody asks
    int32_t kept          # a leaf of this name is a node
    int32_t count
    Name *attributes

cdef struct Open:
    Node *node            # NULL where nobody asks for what is in it
    int32_t name

# One document while it is cut.
cdef struct Cut:
    Arena *arena          # of the nodes
    Arena *texts          # of what is no slice of the document
    const char *at
    const char *end
    int32_t depth
    int32_t name          # of the element whose tag was last opened, -2 where that is settled
    const char *said      # its attributes
    const char *said_end
    const char *text
    bint begun
    Open open[DEPTH_MAX]


cdef class Cutter:
    """Cuts documents for one table: `asked` says what it reads, `kept` which leaves stay nodes."""

    cdef Tree memory
    cdef object held
    cdef int32_t nodes        # names below this one are nodes' own
    cdef int32_t names
    cdef int32_t root
    cdef int32_t *slots       # of each node
    cdef Wanted *own          # by node: its text and attributes
    cdef Wanted **inner       # by node and name: those of a leaf in it, NULL where nobody asks
    cdef Name *places
    cdef int32_t *numbers
    cdef uint64_t mask

    def __init__(self, asked, object kept, str root):
        """Number every name. `root` is the element that a message begins with."""
        cdef list keys = [asked.slots(name) for name in asked.names]
        leaves = {key.partition("@")[0] for slots in keys for key in slots}
        leaves.update(*kept.values())
        known = {**asked.names}
        for name in sorted(leaves - {""}):
            known.setdefault(name, len(known))
        if len(known) > NAMES_MAX or len(asked.names) < 1:
            raise ValueError("too many names, or none")
        self.held = [name.encode() for name in known]
        self.memory = Tree(b"")
        self.nodes, self.names = len(asked.names), len(known)
        self.root = known.get(root, -1)
        self._index()
        self.slots = <int32_t *>self._room(self.nodes * sizeof(int32_t))
        self.own = <Wanted *>self._room(self.nodes * sizeof(Wanted))
        self.inner = <Wanted **>self._room(<size_t>self.nodes * self.names * sizeof(void *))
        for number, (name, slots) in enumerate(zip(asked.names, keys)):
            self._node(number, slots, kept.get(name, frozenset()), known)

    cdef void *_room(self, size_t size) except NULL:
        cdef void *found = take(&self.memory.arena, size + 8)
        if found == NULL:
            raise MemoryError
        return found

    cdef int _index(self) except -1:
        """Lay out the names so that one is found by its bytes."""
        cdef uint64_t room = 64
        cdef uint64_t place
        cdef int32_t number
        while room < <uint64_t>self.names * 4:
            room *= 2
        self.mask = room - 1
        self.places = <Name *>self._room(room * sizeof(Name))
        for place in range(room):
            self.places[place].at = NULL
        for number in range(self.names):
            place = hashed(<bytes>self.held[number], len(self.held[number])) & self.mask
            while self.places[place].at != NULL:
                place = (place + 1) & self.mask
            self.places[place].at = <bytes>self.held[number]
            self.places[place].size = <int32_t>len(self.held[number])
            self.places[place].slot = number
        return 0

    cdef int _node(self, int32_t number, dict slots, object kept, dict known) except -1:
        """Note what is asked of one node and of the leaves in it."""
        cdef Wanted *wanted
        cdef int32_t leaf
        self.slots[number] = len(slots)
        for leaf in range(self.names):
            self.inner[number * self.names + leaf] = NULL
        self._wanted(&self.own[number], "", slots)
        for name in {key.partition("@")[0] for key in slots}.union(kept) - {""}:
            leaf = known[name]
            wanted = <Wanted *>self._room(sizeof(Wanted))
            self._wanted(wanted, name, slots)
            wanted.kept = name in kept
            self.inner[number * self.names + leaf] = wanted
        return 0

    cdef int _wanted(self, Wanted *wanted, str name, dict slots) except -1:
        mine = [(key.partition("@")[2].encode(), slot) for key, slot in slots.items() if key.startswith(f"{name}@")]
        wanted.slot = slots.get(name, -1)
        wanted.kept = 0
        wanted.count = <int32_t>len(mine)
        wanted.attributes = <Name *>self._room(len(mine) * sizeof(Name))
        for number, (attribute, slot) in enumerate(mine):
            self.held.append(attribute)
            wanted.attributes[number].at = <bytes>attribute
            wanted.attributes[number].size = <int32_t>len(attribute)
            wanted.attributes[number].slot = slot
        return 0

    def cut(self, bytes data, Py_ssize_t start):
        """Give the tree of the document whose first tag begins at `start`; None where it is not done here."""
        cdef Cut cut
        cdef Tree tree
        if not 0 <= start < len(data) < TEXT_MAX:
            return None
        tree = Tree(data)
        cut.arena, cut.texts = &tree.arena, &tree.texts
        cut.at = <const char *>data + start
        cut.end = <const char *>data + len(data)
        cut.depth, cut.name, cut.begun = 0, -2, False
        cut.said = cut.said_end = cut.text = NULL
        if not document(self, &cut, &tree.root) or not cut.begun:
            return None
        return tree


cdef inline uint64_t hashed(const char *at, Py_ssize_t size) noexcept:
    """Tell names apart by their length, their beginning and their end."""
    cdef uint64_t first = 0
    cdef uint64_t last = 0
    cdef Py_ssize_t part = size if size < 8 else 8
    memcpy(&first, at, part)
    memcpy(&last, at + size - part, part)
    first = (first ^ (last * <uint64_t>0x9E3779B97F4A7C15) ^ <uint64_t>size) * <uint64_t>0xC2B2AE3D27D4EB4F
    return first ^ (first >> 29)


cdef inline int32_t named(Cutter self, const char *at, Py_ssize_t size) noexcept:
    """Give the number of a name, -1 where nobody asks for it."""
    cdef uint64_t place = hashed(at, size) & self.mask
    while self.places[place].at != NULL:
        if self.places[place].size == size and memcmp(self.places[place].at, at, size) == 0:
            return self.places[place].slot
        place = (place + 1) & self.mask
    return -1


cdef bint document(Cutter self, Cut *cut, Node *root) noexcept:
    """Go from tag to tag. An element whose tag is open waits until the next one says whether it is a leaf."""
    cdef const char *at = cut.at
    while at != NULL and at + 1 < cut.end:
        if at[1] == c'/':
            if cut.name != -2:
                if not leaf(self, cut, at):
                    return False
            elif cut.depth == 0:
                return False
            else:
                cut.depth -= 1
            at = <const char *>memchr(at, c'>', cut.end - at)
            if at == NULL:
                return False
        elif at[1] == c'!' or at[1] == c'?':
            return False
        else:
            if cut.name != -2 and not opened(self, cut, root):
                return False
            at = started(self, cut, at + 1)
            if at == NULL:
                return False
            if at[-1] == c'/' and not leaf(self, cut, cut.text):
                return False
        at = <const char *>memchr(at, c'<', cut.end - at)
    return cut.depth == 0 and cut.name == -2


cdef const char *started(Cutter self, Cut *cut, const char *at) noexcept:
    """Read a start tag; give its end, NULL where there is none."""
    cdef const char *begin = at
    cdef const char *name = at
    cdef const char *quoted
    while at < cut.end and at[0] != c'>' and at[0] != c'/' and not blank(at[0]):
        if at[0] == c':':
            name = at + 1
        at += 1
    if at == begin:
        return NULL
    cut.name = named(self, name, at - name)
    cut.said = at
    while at < cut.end and at[0] != c'>':
        if at[0] == c'"' or at[0] == c"'":
            quoted = <const char *>memchr(at + 1, at[0], cut.end - at - 1)
            if quoted == NULL:
                return NULL
            at = quoted
        at += 1
    if at >= cut.end:
        return NULL
    cut.said_end = at - 1 if at[-1] == c'/' else at
    cut.text = at + 1
    return at


cdef bint opened(Cutter self, Cut *cut, Node *root) noexcept:
    """Make the element that waited a node: there is an element in it."""
    cdef Node *around = cut.open[cut.depth - 1].node if cut.depth else NULL
    cdef Node *node = NULL
    cdef int32_t name = cut.name
    if cut.depth >= DEPTH_MAX:
        return False
    if around != NULL and 0 <= name < self.nodes:
        node = add(cut.arena, around, name, self.slots[name])
        if node == NULL:
            return False
    elif around == NULL and cut.depth <= 1 and name == self.root and name >= 0:
        # A second message is another document's.
        if cut.begun or not rooted(self, cut, root):
            return False
        node = root
    if not attributes(cut, node, &self.own[name] if node != NULL else NULL):
        return False
    cut.open[cut.depth].node = node
    cut.open[cut.depth].name = name
    cut.depth += 1
    cut.name = -2
    return True


cdef bint rooted(Cutter self, Cut *cut, Node *root) noexcept:
    """Give the tree's root the values of the message's element."""
    cdef int32_t slots = self.slots[self.root]
    cdef int32_t slot
    root.values = <Text *>take(cut.arena, <size_t>slots * sizeof(Text))
    if root.values == NULL:
        return False
    for slot in range(slots):
        root.values[slot].at = NULL
        root.values[slot].size = root.values[slot].flags = 0
    root.name, root.slots = self.root, slots
    cut.begun = True
    return True


cdef bint leaf(Cutter self, Cut *cut, const char *end) noexcept:
    """Put an element without elements in it where it belongs; its text ends at `end`."""
    cdef Open *around = &cut.open[cut.depth - 1 if cut.depth else 0]
    cdef Node *node = around.node if cut.depth else NULL
    cdef int32_t name = cut.name
    cdef Wanted *wanted = NULL
    cdef const char *text = cut.text
    cdef Node *made
    cut.name = -2
    if node != NULL and name >= 0:
        wanted = self.inner[around.name * self.names + name]
    if wanted == NULL:
        return attributes(cut, NULL, NULL)
    if not wanted.kept:
        if wanted.slot >= 0 and not put(cut, &node.values[wanted.slot], text, end):
            return False
        return attributes(cut, node, wanted)
    if name >= self.nodes:
        return attributes(cut, NULL, NULL)
    made = add(cut.arena, node, name, self.slots[name])
    if made == NULL:
        return False
    wanted = &self.own[name]
    if wanted.slot >= 0:
        if not put(cut, &made.values[wanted.slot], text, end):
            return False
        trimmed(&made.values[wanted.slot])
    return attributes(cut, made, wanted)


cdef bint attributes(Cut *cut, Node *node, Wanted *wanted) noexcept:
    """Put the attributes of the last tag into a node, where it is asked for them."""
    cdef const char *at = cut.said
    cdef const char *name
    cdef const char *value
    cdef const char *end
    cdef int32_t number
    while True:
        while at < cut.said_end and blank(at[0]):
            at += 1
        if at >= cut.said_end:
            return True
        name = at
        while at < cut.said_end and at[0] != c'=' and not blank(at[0]):
            at += 1
        end = at
        while at < cut.said_end and at[0] != c'"' and at[0] != c"'":
            at += 1
        value = at + 1
        at = <const char *>memchr(value, at[0], cut.said_end - value) if value < cut.said_end else NULL
        if at == NULL:
            return False
        if not markup(name, end - name):
            if not own(name, end - name):
                return False
            if node != NULL:
                for number in range(wanted.count):
                    if same(&wanted.attributes[number], name, end - name):
                        if not put_attribute(cut, &node.values[wanted.attributes[number].slot], value, at):
                            return False
        at += 1


cdef inline bint same(Name *name, const char *at, Py_ssize_t size) noexcept:
    return name.size == size and memcmp(name.at, at, size) == 0


cdef inline bint markup(const char *at, Py_ssize_t size) noexcept:
    """Tell whether an attribute declares a namespace, or says something of schemas."""
    if size >= 5 and memcmp(at, b"xmlns", 5) == 0 and (size == 5 or at[5] == c':'):
        return True
    return size > 4 and memcmp(at, b"xsi:", 4) == 0


cdef inline bint own(const char *at, Py_ssize_t size) noexcept:
    """Tell whether an attribute is in no namespace, or in XML's own."""
    return memchr(at, c':', size) == NULL or (size > 4 and memcmp(at, b"xml:", 4) == 0)


cdef bint put(Cut *cut, Text *text, const char *at, const char *end) noexcept:
    """Put a text there, characters for references."""
    text.at, text.size = at, <int32_t>(end - at)
    if memchr(at, c'&', end - at) == NULL:
        return True
    return referring(cut.texts, text, at, end, False)


cdef bint put_attribute(Cut *cut, Text *text, const char *at, const char *end) noexcept:
    """Put an attribute's value there: white space is a blank each."""
    cdef const char *one = at
    text.at, text.size = at, <int32_t>(end - at)
    while one < end:
        if one[0] == c'&' or one[0] == c'\t' or one[0] == c'\n' or one[0] == c'\r':
            return referring(cut.texts, text, at, end, True)
        one += 1
    return True


cdef void trimmed(Text *text) noexcept:
    """Leave out the blanks around a text; one of nothing but blanks is not there."""
    while text.size and blank(text.at[0]):
        text.at += 1
        text.size -= 1
    while text.size and blank(text.at[text.size - 1]):
        text.size -= 1
    if text.size == 0:
        text.at = NULL
