"""Text that a terminal shows as it is: control characters, which could move its cursor or hide text, are replaced."""

MOST_CHARACTERS = 480

_LINES = "\t\n"
_REVERSED = range(0x202A, 0x202F), range(0x2066, 0x206A)
"""The characters that change the direction in which a terminal shows what follows."""
_SHOWN_AS = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in _LINES},
    0x7F: 0x2421,
    **dict.fromkeys(range(128, 160), 65533),
    **{code: 0xFFFD for codes in _REVERSED for code in codes},
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
}


def printable(text: str) -> str:
    """The text with each control character replaced by one visible character; tabs and line ends stay.

    ESC becomes ␛, as the block "Control Pictures" of Unicode has it; what has no picture becomes �.
    """
    return text.translate(_SHOWN_AS)


def one_line(text: str) -> str:
    """The text as one printable line below 500 characters; the middle of a longer one is left out."""
    return shortened(printable(" ".join(text.split())), MOST_CHARACTERS)


def shortened(text: str, most_characters: int) -> str:
    """The beginning and the end of a text, with … between them where there was more."""
    if len(text) <= most_characters:
        return text
    end = most_characters // 3
    return f"{text[: most_characters - end]} … {text[-end:]}"
