"""Files cut short, damaged, and saved in another encoding."""

import gzip
import random

from mutations.change import ByteChange, Kind


def _truncate(content: bytes, kind: str, chance: random.Random) -> bytes | None:
    """Cut at a random byte; of a text file inside a line, for whole lines that are gone are another kind."""
    length = chance.randrange(1, len(content) - 1)
    if kind == ".csv":
        while b"\n" in (content[length - 1 : length], content[length : length + 1]):
            length = chance.randrange(1, len(content) - 1)
    return content[:length]


def _truncate_lines(content: bytes, kind: str, chance: random.Random) -> bytes | None:
    """Leave out the last tenth to half of the lines."""
    lines = content.splitlines(keepends=True)
    return b"".join(lines[: int(len(lines) * chance.uniform(0.5, 0.9))]) if kind == ".csv" else None


def _damage(content: bytes, kind: str, chance: random.Random) -> bytes | None:
    """Change a byte: workbooks hold a check sum of each part; text and parquet files hold none."""
    if kind not in (".xlsx", ".ods"):
        return None
    copy = bytearray(content)
    copy[chance.randrange(len(copy))] ^= chance.randrange(1, 256)
    return bytes(copy)


def _append(content: bytes, kind: str, chance: random.Random) -> bytes | None:
    return content + chance.choice([b"\x00" * 64, b"\x1a", b"<html><body>404 Not Found</body></html>\n"])


def _double(content: bytes, kind: str, chance: random.Random) -> bytes | None:
    return content + content


def _web_page(content: bytes, kind: str, chance: random.Random) -> bytes | None:
    """Leave what a browser saves when the file has moved."""
    return b"<!DOCTYPE html><html><head><title>Page not found</title></head><body>,</body></html>\n"


def _zip(content: bytes, kind: str, chance: random.Random) -> bytes | None:
    return gzip.compress(content, mtime=0)


def _in_encoding(encoding: str) -> ByteChange:
    def change(content: bytes, kind: str, chance: random.Random) -> bytes | None:
        if kind != ".csv":
            return None
        return content.decode("utf-8").encode(encoding, errors="replace")

    return change


def _accented(content: bytes, kind: str, chance: random.Random) -> bytes | None:
    """Put an accent somewhere, and save in the encoding of Western Windows."""
    if kind != ".csv":
        return None
    text = content.decode("utf-8")
    place = chance.choice([place for place, letter in enumerate(text) if letter == "a"])
    return (text[:place] + "á" + text[place + 1 :]).encode("cp1252", errors="replace")


def _replaced(old: bytes, new: bytes) -> ByteChange:
    def change(content: bytes, kind: str, chance: random.Random) -> bytes | None:
        return content.replace(old, new) if kind == ".csv" else None

    return change


_ALL: dict[str, ByteChange] = {
    "junk at the end": _append,
    "file twice over": _double,
    "web page": _web_page,
    "compressed": _zip,
    "UTF-16": _in_encoding("utf-16"),
    "UTF-16 without a mark": _in_encoding("utf-16-le"),
    "UTF-32": _in_encoding("utf-32"),
    "UTF-8 with a mark": _in_encoding("utf-8-sig"),
    "latin-1": _in_encoding("latin-1"),
    "accent in Windows-1252": _accented,
    "lines end CRLF": _replaced(b"\n", b"\r\n"),
    "lines end CR": _replaced(b"\n", b"\r"),
    "blank line after each": _replaced(b"\n", b"\n\n"),
    "semicolons": _replaced(b",", b";"),
    "tabs": _replaced(b",", b"\t"),
}
FILE_KINDS = {name: Kind(byte_change=change, seeds=1) for name, change in _ALL.items()} | {
    "cut at a byte": Kind(byte_change=_truncate, seeds=4),
    "byte damaged": Kind(byte_change=_damage, seeds=4),
    "lines cut off": Kind(byte_change=_truncate_lines, is_on_record=True),
}
