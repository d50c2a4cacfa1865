"""A file becomes a frozen type, or one line that says where, what and how to mend it."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, PositiveInt, ValidationError

from mock_upstream.config.errors import ConfigError
from mock_upstream.config.toml import Frozen, build, load, read


class Cat(Frozen):
    kind: Literal["cat"]
    ratio: Annotated[float, Field(ge=0, le=1)] = 1.0


class Dog(Frozen):
    kind: Literal["dog"]
    status: int


class Adapter(Frozen):
    pool_maxsize: Annotated[int, Field(ge=1)] = 10
    pool_block: bool = False
    retries: PositiveInt = 1


class Policy(Frozen):
    name: Annotated[str, Field(min_length=1)] = "p"
    adapter: Adapter = Adapter()
    codes: tuple[int, ...] = ()
    pet: tuple[Annotated[Cat | Dog, Field(discriminator="kind")], ...] = ()
    mode: Literal["fifo", "lifo"] = "fifo"
    limit: Adapter | None = None


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({"adapter": {"pool_maxsize": 0}}, "adapter.pool_maxsize is 0; it must be at least 1"),
        ({"adapter": {"retries": 0}}, "adapter.retries is 0; it must be at least 1"),
        (
            {"adapter": {"pool_maxsiz": 1}},
            "adapter.pool_maxsiz is not a known key; did you mean pool_maxsize?",
        ),
        (
            {"adapter": {"pool_maxsize": "20"}},
            'adapter.pool_maxsize is "20" (a string); it must be an integer',
        ),
        ({"adapter": {"pool_block": 1}}, "adapter.pool_block is 1 (an integer); it must be true or false"),
        ({"adapter": [1]}, "adapter is [1] (a list); it must be a table"),
        ({"codes": 1}, "codes is 1 (an integer); it must be a list"),
        ({"codes": [1, "a"]}, 'codes.1 is "a" (a string); it must be an integer'),
        ({"name": 3}, "name is 3 (an integer); it must be a string"),
        ({"mode": "fif"}, 'mode is "fif"; it must be one of fifo, lifo (did you mean fifo?)'),
        ({"pet": [{"kind": "cat", "ratio": 2}]}, "pet.0.ratio is 2; it must be at most 1"),
        ({"pet": [{"kind": "cat", "ratoi": 1}]}, "pet.0.ratoi is not a known key; did you mean ratio?"),
        ({"pet": [{"kind": "dog"}]}, "pet.0.status is missing; it is required"),
        ({"pet": [{"kind": "dog", "statsu": 1}]}, "pet.0.statsu is not a known key; did you mean status?"),
        ({"pet": [{"kind": "cta"}]}, 'pet.0.kind is "cta"; it must be one of cat, dog (did you mean cat?)'),
        ({"pet": [{}]}, "pet.0.kind is missing; it must be one of cat, dog"),
        ({"limit": {"pool_maxsize": 0}}, "limit.pool_maxsize is 0; it must be at least 1"),
    ],
)
def test_a_mistake_is_one_line_with_place_key_value_and_remedy(data: dict[str, object], line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(Policy, data, "policies/a.toml")

    assert str(caught.value) == f"policies/a.toml: {line}"


def test_an_unknown_key_far_from_all_others_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="zzz is not a known key; known keys are pool_block"):
        build(Policy, {"adapter": {"zzz": 1}}, "a.toml")


def test_the_parts_of_the_line_are_attributes() -> None:
    with pytest.raises(ConfigError) as caught:
        build(Policy, {"adapter": {"pool_maxsize": 0}}, "a.toml")

    assert (caught.value.place, caught.value.key) == ("a.toml", "adapter.pool_maxsize")
    assert caught.value.problem == "is 0; it must be at least 1"


def test_an_integer_is_a_float_and_a_list_is_a_tuple() -> None:
    policy = build(Policy, {"codes": [1, 2], "pet": [{"kind": "cat", "ratio": 1}]}, "a.toml")

    assert policy.codes == (1, 2)
    assert policy.pet == (Cat(kind="cat", ratio=1.0),)


def test_what_was_built_cannot_be_changed() -> None:
    policy = build(Policy, {}, "a.toml")

    with pytest.raises(ValidationError):
        policy.name = "other"  # type: ignore[misc]


def test_a_dump_builds_the_same_again() -> None:
    policy = build(Policy, {"pet": [{"kind": "dog", "status": 1}], "limit": {}}, "a.toml")

    assert build(Policy, policy.model_dump(mode="json"), "again") == policy


def test_toml_and_json_files_give_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('name = "x"\n[adapter]\npool_maxsize = 3\n')
    (tmp_path / "a.json").write_text('{"name": "x", "adapter": {"pool_maxsize": 3}}')

    assert load(Policy, tmp_path / "a.toml") == load(Policy, tmp_path / "a.json")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.toml", b"name = \n", "is not valid TOML: Invalid value (at line 1, column 8)"),
        ("a.json", b"{]", "is not valid JSON: key must be a string"),
        ("a.json", b"[]", "contains no table; its outermost value must be an object"),
        ("a.toml", b"\xff\xfe", "is not text; it must be encoded in UTF-8"),
    ],
)
def test_a_file_that_is_not_what_it_seems_is_one_line(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        read(tmp_path / name)

    assert str(caught.value).startswith(f"{tmp_path / name}: {problem}")
    assert "\n" not in str(caught.value)


def test_a_missing_file_names_its_nearest_neighbour(tmp_path: Path) -> None:
    (tmp_path / "orders.toml").touch()

    with pytest.raises(ConfigError, match=r"ordrs\.toml: does not exist; did you mean .*orders\.toml\?"):
        read(tmp_path / "ordrs.toml")


def test_a_directory_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder; name a regular file"):
        read(tmp_path)
