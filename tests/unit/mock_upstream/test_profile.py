"""What a profile's file may say."""

from pathlib import Path

import pytest

from mock_upstream.config.errors import ConfigError
from mock_upstream.config.toml import build
from mock_upstream.profile import Profile, read_profile

_SHIPPED = sorted((Path(__file__).parents[3] / "scenarios" / "upstreams").glob("*.toml"))


@pytest.mark.parametrize("path", _SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_profile_is_valid_and_survives_a_round_trip(path: Path) -> None:
    profile = read_profile(path)

    assert profile.name == path.stem
    assert build(Profile, profile.model_dump(mode="json", exclude_unset=True), "again") == profile


def test_a_csv_of_service_times_is_read_in(tmp_path: Path) -> None:
    (tmp_path / "times.csv").write_text("0.010\n0.030\n\n0.020\n")
    (tmp_path / "p.toml").write_text(
        'name = "p"\n[service_time]\ndistribution = "empirical"\ncsv = "times.csv"\n'
    )

    assert read_profile(tmp_path / "p.toml").service_time.model_dump()["values_s"] == (0.01, 0.03, 0.02)


def test_a_csv_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "times.csv").write_text("0.010\nfast\n")
    (tmp_path / "p.toml").write_text(
        'name = "p"\n[service_time]\ndistribution = "empirical"\ncsv = "times.csv"\n'
    )

    with pytest.raises(ConfigError, match=r"times\.csv: .*fast.*; each line must be a number of seconds"):
        read_profile(tmp_path / "p.toml")


def test_a_regions_line_becomes_faults_aimed_at_it() -> None:
    region = build(
        Profile,
        {"name": "p", "region": [{"name": "eu", "loss": 0.1, "bandwidth_bytes_per_s": 1000}]},
        "test",
    ).region[0]

    assert [(fault.label(), fault.region) for fault in region.own_faults()] == [
        ("loss", "eu"),
        ("bandwidth", "eu"),
    ]


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ({"region": [{"name": "eu"}, {"name": "eu"}]}, "region eu is defined 2 times; names must differ"),
        (
            {"region": [{"name": "east"}, {"name": "west"}], "fault": [{"kind": "empty", "region": "wets"}]},
            'fault empty is for region "wets"; did you mean west?',
        ),
        (
            {"timeline": [{"at_s": 0, "fault": {"kind": "empty", "region": "eu"}}]},
            'fault empty is for region "eu"; did you mean main?',
        ),
        (
            {"service_time": {"distribution": "uniform", "low_s": 2, "high_s": 1}},
            "service_time has high_s 1 below low_s 2; swap them",
        ),
    ],
)
def test_what_does_not_fit_together_is_one_line(table: dict[str, object], line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(Profile, {"name": "p", **table}, "p.toml")

    assert str(caught.value) == f"p.toml: {line}"


def test_without_regions_there_is_one() -> None:
    assert [region.name for region in Profile(name="p").regions()] == ["main"]
