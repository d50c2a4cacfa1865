"""The docstrings below the attributes of a class, read from its source when a schema is printed.

pydantic can read them itself, but does so when it makes each class: 3 ms a class, at the start of every process.
"""

import ast
import inspect
from itertools import pairwise
from textwrap import dedent


def attribute_docs(kind: type) -> dict[str, str]:
    """Attribute → docstring, of the class and the classes that it is made from."""
    found: dict[str, str] = {}
    for owner in reversed(kind.__mro__):
        if owner.__module__ != "builtins" and not owner.__module__.startswith("pydantic"):
            found |= _own(owner)
    return found


def _own(kind: type) -> dict[str, str]:
    (definition,) = ast.parse(dedent(inspect.getsource(kind))).body
    return {
        attribute.target.id: inspect.cleandoc(text)
        for attribute, expression in pairwise(getattr(definition, "body", []))
        if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name)
        and isinstance(expression, ast.Expr) and isinstance(expression.value, ast.Constant)
        and isinstance(text := expression.value.value, str)
    }  # fmt: skip
