from gateway.quick.program import Program
from gateway.quick.tree import Tree
from gateway.quick.values import Entry

version: int

def read(program: Program, tree: Tree) -> Entry | None: ...
