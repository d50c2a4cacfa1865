"""The ledger is bounded, and says what it lost."""

from mock_upstream.telemetry.ledger import Ledger, Row


def _filled(rows: int, size: int) -> Ledger:
    ledger = Ledger(size)
    for number in range(rows):
        ledger.append(
            (str(number), "main", "GET", "/get", ""), number, 1, 1, *[0.5] * 6, 200, 10, False, True, 0.0
        )
    return ledger


def test_reading_on_from_next_gives_every_row_once() -> None:
    ledger = _filled(10, 16)

    after, seen = 0, []
    while True:
        after, lost, rows = ledger.read(after, 4)
        seen += [row.attempt for row in rows]
        assert lost == 0
        if not rows:
            break

    assert seen == list(range(10))


def test_overwritten_rows_are_counted_as_lost() -> None:
    following, lost, rows = _filled(100, 16).read(0, 1000)

    assert (following, lost) == (100, 85)
    assert [row.attempt for row in rows] == list(range(85, 100))


def test_a_reader_who_is_up_to_date_loses_nothing() -> None:
    assert _filled(100, 16).read(100, 10) == (100, 0, [])


def test_a_row_is_read_as_it_was_written() -> None:
    ledger = Ledger(4)
    ledger.append(
        ("1.2", "eu", "POST", "/orders", "reset"),
        3,
        17,
        5,
        1.0,
        0.1,
        0.2,
        0.3,
        0.4,
        2.0,
        201,
        9,
        True,
        False,
        7.0,
    )

    assert ledger.read(0, 1)[2] == [
        Row(
            "1.2",
            3,
            "eu",
            "POST",
            "/orders",
            17,
            5,
            1.0,
            0.1,
            0.2,
            0.3,
            0.4,
            2.0,
            "reset",
            201,
            9,
            True,
            False,
            7.0,
        )
    ]


def test_a_reader_ahead_of_the_writer_is_brought_back() -> None:
    assert _filled(5, 16).read(99, 10) == (5, 0, [])
