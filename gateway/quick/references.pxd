from gateway.quick.tree cimport Arena, Text

# Put a text there whose references are characters; `spaced` where each white space is a blank.
# False where memory has ended, or for what is no reference.
cdef bint referring(Arena *arena, Text *text, const char *at, const char *end, bint spaced) noexcept

cdef inline bint blank(char one) noexcept:
    return one == c' ' or one == c'\n' or one == c'\t' or one == c'\r'
