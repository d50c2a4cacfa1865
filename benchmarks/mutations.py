"""The mutants of a source file: one small change each, of the kinds that faults in programs have.

Comparisons at their boundary, arithmetic, `and` for `or`, numbers, returned values, conditions the other way round,
`min` for `max`, statements left out. Texts, annotations and the first value of an attribute stay. The kinds
are those of A. J. Offutt et al., "An Experimental Determination of Sufficient Mutant Operators", ACM TOSEM 5(2), 1996,
and the removal of statements.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass

_OPPOSITE: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
_INSTEAD = {"min": "max", "max": "min", "any": "all", "all": "any"}
_NOT_CODE = frozenset({"annotation", "returns", "decorator_list", "bases", "keywords_of_class"})
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")
LARGE = 100


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: its number in the file, the lines of its statement, and the statement before and after."""

    file: str
    number: int
    lines: tuple[int, int]
    function: str
    original: str
    changed: str

    def __str__(self) -> str:
        return f"{self.file}:{self.lines[0]} in {self.function}: `{self.original}` → `{self.changed}`"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node hangs in the tree, and the statement and function that it is in."""

    parent: ast.AST
    field: str
    index: int | None
    statement: ast.stmt
    function: str

    def put(self, node: ast.AST) -> None:
        """Hangs another node there."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def mutants(file: str, source: str) -> list[Mutant]:
    """Every mutant of a file, always in the same order."""
    found = []
    for number, (place, old, new) in enumerate(_changes(ast.parse(source))):
        original = _text(place.statement)
        place.put(new)
        changed = "pass" if isinstance(new, ast.Pass) else _text(place.statement)
        place.put(old)
        if original == changed:
            original, changed = ast.unparse(old), ast.unparse(new)
        found.append(Mutant(file, number, _header(place.statement), place.function, original, changed))
    return found


def mutated(source: str, number: int) -> ast.Module:
    """The file's tree with the change of this number. Raises IndexError for one that it does not have."""
    tree = ast.parse(source)
    for at, (place, _, new) in enumerate(_changes(tree)):
        if at == number:
            place.put(new)
            return ast.fix_missing_locations(tree)
    raise IndexError(number)


def _changes(tree: ast.Module) -> Iterator[tuple[_Place, ast.AST, ast.AST]]:
    """The place, the node and its replacement, for each change."""
    for place, node in _nodes(tree, tree, "", None):
        for new in _replacements(node, place):
            yield place, node, ast.copy_location(new, node if hasattr(node, "lineno") else place.statement)


def _nodes(
    node: ast.AST, tree: ast.Module, function: str, statement: ast.stmt | None
) -> Iterator[tuple[_Place, ast.AST]]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        function = f"{function}.{node.name}".lstrip(".")
    for field, value in ast.iter_fields(node):
        if field in _NOT_CODE:
            continue
        children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if not isinstance(child, ast.AST) or _is_left_out(child):
                continue
            holder = child if isinstance(child, ast.stmt) else statement
            assert holder is not None
            yield _Place(node, field, index, holder, function or "(module)"), child
            yield from _nodes(child, tree, function, holder)


def _is_left_out(node: ast.AST) -> bool:
    """Docstrings, and what only type checkers read."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
    return False


def _replacements(node: ast.AST, place: _Place) -> Iterator[ast.AST]:
    match node:
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield from (ast.Constant(other) for other in _numbers(value))
        case ast.Name(id=name) if name in _INSTEAD and place.field == "func":
            yield ast.Name(_INSTEAD[name], ast.Load())
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case _ if type(node) in _OPPOSITE:
            yield _OPPOSITE[type(node)]()
        case ast.stmt() if _is_removable(node, place.function):
            yield ast.Pass()
    if place.field in {"test", "ifs", "guard"} and isinstance(node, ast.expr) and not _has_opposite(node):
        yield ast.UnaryOp(ast.Not(), node)


def _numbers(value: float) -> Iterator[float]:
    """Another value or two: the next ones, half of a share, the double of a large number."""
    if abs(value) >= LARGE:
        yield value * 2
    elif isinstance(value, float) and 0.0 < value < 1.0:
        yield value / 2
    else:
        yield value + 1
        if value > 0:
            yield value - 1


def _is_removable(node: ast.stmt, function: str) -> bool:
    """Whether a program without the statement still makes sense; without an attribute's first value it does not."""
    match node:
        case ast.Expr() | ast.Raise() | ast.Continue() | ast.Break() | ast.Delete() | ast.Return(value=None):
            return True
        case ast.AugAssign():
            return True
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript() | ast.Tuple(elts=[ast.Attribute(), *_])]):
            return not function.endswith("__init__")
    return False


def _has_opposite(test: ast.expr) -> bool:
    """Whether another change turns the condition round already."""
    match test:
        case ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot() | ast.In() | ast.NotIn()]):
            return True
        case ast.UnaryOp(op=ast.Not()) | ast.Constant():
            return True
    return False


def _text(statement: ast.stmt) -> str:
    """The statement in one line, without the statements in it."""
    shown = copy(statement)
    for field in _BODIES:
        if isinstance(getattr(shown, field, None), list):
            setattr(shown, field, [])
    return " ".join(ast.unparse(shown).split())


def _header(statement: ast.stmt) -> tuple[int, int]:
    """The lines of a statement without the statements in it."""
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if isinstance(body, list) and body else statement.end_lineno
    return statement.lineno, max(statement.lineno, last or statement.lineno)
