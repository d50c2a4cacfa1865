"""The root of every error that a user can cause, and the one for invalid configuration."""

from mock_upstream.config.printable import one_line, shortened


class SurgelineError(Exception):
    """An error that a user can correct; `str()` is one line that names the place, the value and the remedy.

    The line is below 500 characters, and none of them controls a terminal.

    `place` is the file, option or address, `key` the dotted key within it ("" for none), `problem` the value and
    the remedy.
    """

    def __init__(self, place: str, key: str, problem: str) -> None:
        super().__init__(place, key, problem)
        self.place = place
        self.key = key
        self.problem = problem

    def __str__(self) -> str:
        place, key = shortened(self.place, 200), shortened(self.key, 100)
        line = f"{place}: {key} {self.problem}" if key else f"{place}: {self.problem}"
        return one_line(line)


class ConfigError(SurgelineError):
    """A file, an option or a value from the user cannot be used."""
