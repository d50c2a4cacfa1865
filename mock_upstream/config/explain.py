"""One pydantic error as a dotted key and one sentence with the remedy."""

import json
import types
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

_Models = list[type[BaseModel]]

_WANTED = {
    "int": "an integer",
    "int_from_float": "an integer",
    "float": "a number",
    "string": "a string",
    "bool": "true or false",
    "tuple": "a list",
    "list": "a list",
    "dict": "a table",
    "model": "a table",
    "model_attributes": "a table",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}
# The names that pydantic gives to the branches of a union of scalars; they are no keys of the file.
_BRANCHES = ("constrained-", "literal[", "function-")
_NAMES: dict[type, str] = {
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    str: "a string",
    tuple: "a list",
    list: "a list",
    dict: "a table",
}


def explain(kind: type[BaseModel], errors: list[ErrorDetails]) -> tuple[str, str]:
    """Return (dotted key, sentence) for the most specific of `ValidationError.errors()` about `kind`."""
    # A misspelt key is both missing and unknown: the second error has the remedy.
    error = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
    parts, models = _locate(kind, error["loc"])
    context: dict[str, Any] = error.get("ctx") or {}
    match error["type"]:
        case "extra_forbidden":
            return _dotted(parts), f"is not a known key; {_closest_key(str(parts[-1]), models)}"
        case "missing":
            return _dotted(parts), "is missing; it is required"
        case "union_tag_invalid":
            choices = [tag.strip("'") for tag in str(context["expected_tags"]).split(", ")]
            key = _dotted([*parts, _discriminator(context)])
            return key, f"is {_shown(context['tag'])}; {_one_of(str(context['tag']), choices)}"
        case "union_tag_not_found":
            key = _dotted([*parts, _discriminator(context)])
            return key, f"is missing; {_one_of('', _tags(models))}"
    return _dotted(parts), _value_problem(error, context)


def _value_problem(error: ErrorDetails, context: Mapping[str, Any]) -> str:  # noqa: PLR0911
    value, kind = error["input"], error["type"]
    if kind == "secret":
        return error["msg"]  # a secret must not appear in a log
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        bound = context[name]
        if kind == "greater_than" and isinstance(bound, int):
            words, bound = "at least", bound + 1
        return f"is {_shown(value)}; it must be {words} {bound:g}"
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in str(context["expected"]).replace(" or ", ", ").split(", ")]
        return f"is {_shown(value)}; {_one_of(str(value), choices)}"
    if kind in ("value_error", "assertion_error"):
        problem = str(context.get("error", error["msg"]))
        return problem if isinstance(value, dict) else f"is {_shown(value)}; {problem}"
    if kind in ("string_too_short", "too_short"):
        return f"is {_shown(value)}; it must not be shorter than {context['min_length']}"
    if kind == "string_pattern_mismatch":
        return f"is {_shown(value)}; it must match {context['pattern']}"
    wanted = _WANTED.get(kind.removesuffix("_type").removesuffix("_parsing"))
    if wanted:
        return f"is {_shown(value)} ({_NAMES.get(type(value), type(value).__name__)}); it must be {wanted}"
    problem = error["msg"].removeprefix("Input should be ").removeprefix("Input ")
    return f"is {_shown(value)}; it must be {problem[:1].lower()}{problem[1:]}"


def _locate(kind: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[list[int | str], _Models]:
    """Return the readable parts of `loc`, without the tags of unions, and the models that hold the last."""
    parts: list[int | str] = []
    annotation: Any = kind
    holders: _Models = []
    for part in loc:
        models = _models(annotation)
        chosen = _chosen(models, part)
        if isinstance(part, str) and chosen is not None:
            annotation = chosen  # a tag or a class name, which is no key of the file
            continue
        fields = [model.model_fields[part] for model in models if part in model.model_fields]
        if isinstance(part, str) and models and not fields and part != loc[-1]:
            continue  # the name of a branch of an untagged union
        parts.append(part)
        holders = models or holders
        if fields:
            annotation = Annotated[fields[0].annotation, None]
        elif not isinstance(part, int) and models:
            annotation = None
    return parts, _models(annotation) if parts and parts[-1] != loc[-1] else (_models(annotation) or holders)


def _chosen(models: _Models, part: int | str) -> type[BaseModel] | None:
    """The branch of a union that `part` names by its tag, or by its class."""
    if len(models) < 2:
        return None
    for model in models:
        if part == model.__name__ or part in _model_tags(model):
            return model
    return None


def _models(annotation: Any) -> _Models:
    """Every model that an annotation can hold: unions, tuples, mappings and Annotated unwrapped."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Annotated, Union, types.UnionType, tuple, list, dict, Mapping):
        inner = get_args(annotation)[:1] if get_origin(annotation) is Annotated else get_args(annotation)
        return [model for argument in inner for model in _models(argument)]
    return []


def _model_tags(model: type[BaseModel]) -> list[str]:
    tags: list[str] = []
    for field in model.model_fields.values():
        if get_origin(field.annotation) is Literal and field.is_required() is False:
            choices = get_args(field.annotation)
            tags.extend(choices if len(choices) == 1 else ())
        elif get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1:
            tags.extend(get_args(field.annotation))
    return tags


def _tags(models: _Models) -> list[str]:
    return [tag for model in models for tag in _model_tags(model)]


def _closest_key(key: str, models: _Models) -> str:
    known = sorted({name for model in models for name in model.model_fields})
    closest = get_close_matches(key, known, n=1)
    return f"did you mean {closest[0]}?" if closest else f"known keys are {', '.join(known) or 'none'}"


def _one_of(value: str, choices: list[str]) -> str:
    closest = get_close_matches(value, choices, n=1)
    hint = f" (did you mean {closest[0]}?)" if closest else ""
    return f"it must be one of {', '.join(choices)}{hint}" if len(choices) > 1 else f"it must be {choices[0]}"


def _discriminator(context: Mapping[str, Any]) -> str:
    """The key that distinguishes a union's branches; a discriminator function has the key's name."""
    return str(context["discriminator"]).strip("'").removesuffix("()")


def _dotted(parts: list[int | str]) -> str:
    return ".".join(str(part) for part in parts if not str(part).startswith(_BRANCHES))


def _shown(value: object) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
