"""How compiled functions find the parts of what they are handed as one address (`harness/twin/addressed.py`).

The table of the parts never changes, and the compiler knows that: it reads a word of it once where it can.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.datamodel import models, register_default
from numba.core.typing.templates import AttributeTemplate
from numba.extending import NativeValue, infer_getattr, lower_getattr_generic, typeof_impl, unbox
from numba.np.arrayobj import get_itemsize, populate_array

from harness.twin.addressed import WORDS, Addressed, part_names


class AddressedType(types.Type):  # type: ignore[misc]
    """The types of the parts, by their names."""

    def __init__(self, name: str, parts: dict[str, types.Type]) -> None:
        self.parts = parts
        super().__init__(f"{name}({parts})")


register_default(AddressedType)(models.OpaqueModel)


@typeof_impl.register(Addressed)
def _type_of(value: Addressed, context: Any) -> AddressedType:
    kind = type(value)
    return AddressedType(
        kind.__name__, {name: typeof_impl(getattr(value, name), context) for name in part_names(kind)}
    )


@unbox(AddressedType)
def _unboxed(kind: AddressedType, value: Any, context: Any) -> NativeValue:
    address = context.pyapi.object_getattr_string(value, "address")
    word = context.pyapi.long_as_longlong(address)
    context.pyapi.decref(address)
    return NativeValue(context.builder.inttoptr(word, context.context.get_value_type(kind)))


@infer_getattr
class PartTypes(AttributeTemplate):  # type: ignore[misc]
    """What `value.part` is."""

    key = AddressedType

    def generic_resolve(self, kind: AddressedType, name: str) -> types.Type | None:
        return kind.parts.get(name)


@lower_getattr_generic(AddressedType)
def _part(context: Any, builder: Any, kind: AddressedType, value: Any, name: str) -> Any:
    part = kind.parts[name]
    first, *lengths = _row(builder, value, list(kind.parts).index(name))
    if isinstance(part, types.Integer):
        return first
    if not isinstance(part, types.Array):
        return builder.inttoptr(first, context.get_value_type(part))
    array = context.make_array(part)(context, builder)
    data = builder.inttoptr(first, array.data.type)
    size = context.get_constant(types.intp, get_itemsize(context, part))
    shape = lengths[: part.ndim]
    strides = [size] if part.ndim == 1 else [builder.mul(shape[1], size), size]
    populate_array(array, data, shape, strides, size, None)
    return array._getvalue()


def _row(builder: Any, value: Any, place: int) -> list[Any]:
    """The words of one part."""
    word = ir.IntType(64)
    table, found = builder.bitcast(value, word.as_pointer()), []
    for number in range(WORDS * place, WORDS * (place + 1)):
        read = builder.load(builder.gep(table, [ir.Constant(word, number)]))
        read.set_metadata("invariant.load", builder.module.add_metadata([]))
        found.append(read)
    return found
