"""What the columns of a table hold, from their texts: figures, names or running text; a page sets each in its own way."""

import re
from collections.abc import Sequence

# What a number, an interval or a sum of money looks like to a reader: "1,234", "-0.4%", "£4.5bn", "1.54 (1.17 to 2.01)".
_NUMBER = re.compile(r"[<>≤≥±]?\s*[+\-−–]?\s*£?\s*[+\-−]?\d[\d,]*(\.\d+)?(e[+-]?\d+)?\s*(%|bn|m|k|p|pp)?\*?", re.IGNORECASE)
_JOINING = re.compile(r"\s*(\(|\)|\[|\]|;|,|/|\bto\b|\band\b|\bof\b|…|:(?=\s)|\bup to\b|\ball\b|\bnot reached\b|\bno finite sum\b)\s*")
_YEAR = re.compile(r"(19|20)\d\d(-\d\d)?")
_EMPTY = {"", "-", "–", "—", "nan", "none", "nat", "n/a"}
_LONG_TEXT, _SHORT_TEXT, _SHORT_NAME = 40, 12, 24
# In letters: the page's width, a cell's padding, the least width of a column, and what a column of words may be squeezed to.
_LINE, _PADDING, _LEAST, _SQUEEZED = 104, 3, 6, 13


def is_number(text: str) -> bool:
    """Say whether a cell holds a figure: a number, an amount, or an estimate with its interval; a year is a name."""
    parts = [part for part in _JOINING.sub("\n", text).split("\n") if part.strip()]
    return bool(parts) and all(_NUMBER.fullmatch(part.strip()) for part in parts) and not all(_YEAR.fullmatch(part) for part in parts)


def looks(columns: Sequence[Sequence[str]]) -> list[str]:
    """Return what each column of cells' texts is: "number", "long" for running text, "short" for names that no line breaks in, or "".

    The first column names the rows, also where the names are whole numbers.
    """
    found = []
    for place, column in enumerate(columns):
        texts = [text for text in column if text.lower() not in _EMPTY]
        numbers = sum(is_number(text) for text in texts)
        longest = max((len(text) for text in texts), default=0)
        by_length = "long" if longest > _LONG_TEXT else "short" if longest <= (_SHORT_TEXT if place else _SHORT_NAME) else ""
        names = place == 0 and not any("." in text for text in texts)
        found.append("number" if texts and 2 * numbers > len(texts) and not names else by_length)
    return found


def is_crowded(columns: Sequence[Sequence[str]], heads: Sequence[str], looked: Sequence[str]) -> bool:
    """Say whether a table needs small print to fit a page's width; `heads` are the headers of `columns`, `looked` is from `looks`."""
    letters = 0
    for look, column, head in zip(looked, columns, heads, strict=False):
        whole = [len(text) for text in column if look == "short" or (look == "number" and is_number(text))]
        words = [len(word) for word in head.split()]
        letters += _PADDING + max([_LEAST, *whole, *words, *(min(len(text), _SQUEEZED) for text in column)])
    return letters > _LINE
