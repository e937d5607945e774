"""Who the councils are: one register, found by code, DfE number or any spelling that a publisher uses."""

import difflib
import math
import re
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from fundgap.data.store import Store, default_store, parse_table, read_text
from fundgap.errors import UnknownCouncil

# Real councils whose services are too small to compare: kept in every table, left out of regressions unless asked for.
TINY_COUNCILS = ("E09000001", "E06000053")

# Later than every year: the last year of a council that has not been abolished.
_STILL_THERE = "9999"

# What a council calls itself around its name: no part of the register's names, so no part of what a near name is looked for by.
_TITLES = re.compile(
    r"^(london borough|royal borough|metropolitan borough|city|county|borough) of |"
    r"( (metropolitan|county|city|district|borough|unitary))*( council| authority)$",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\b\w")
_FEWEST_LETTERS, _MOST_NAMES, _MOST_SHOWN = 3, 5, 60


def councils(store: Store | None = None) -> pd.DataFrame:
    """Return the register: one row for every upper-tier council since 2008-09, those since abolished included.

    Returns
    -------
    pandas.DataFrame
        `council` (ONS code in use now), `council_name`, `council_number` (DfE, three digits), `region`,
        `council_class`, `first_year` and `last_year` (financial years; blank = before the series, or still there),
        `successors`, `other_codes` (former ONS codes, and E-codes of the Revenue Outturn), `other_names`. A council recoded
        with its area unchanged is one row; its class is the one it has now.

    Examples
    --------
    >>> import fundgap as fg
    >>> register = fg.councils()
    >>> len(register), register["last_year"].isna().sum().item()
    (160, 153)
    """
    return _register(read_text((store or default_store()).raw / "councils.csv"))


def _register(text: str) -> pd.DataFrame:
    frame = parse_table(text)
    return frame.assign(council_number=frame["council_number"].astype(int))


def exists_in(register: pd.DataFrame, financial_year: str | pd.Series) -> pd.Series:
    """Return, for each council of the register, whether it existed in the financial year ("2016-17"), or in the row's own."""
    begun = register["first_year"].fillna("") <= financial_year
    return begun & (register["last_year"].fillna(_STILL_THERE) >= financial_year)


def resolve(council: str | int, financial_year: str | None = None, store: Store | None = None) -> str:
    """Return the ONS code of a council given by name, ONS code or DfE number.

    Parameters
    ----------
    council
        Such as "St. Helens", "Kingston Upon Hull, City of", 342 or "E08000013".
    financial_year
        The year meant, such as "2016-17": it decides between namesakes (Dorset before and after April 2019).
        Without it the council that exists now is meant.

    Raises
    ------
    UnknownCouncil
        With the nearest names.

    Examples
    --------
    >>> import fundgap as fg
    >>> fg.resolve("Kirklees"), fg.resolve(382), fg.resolve("E08000034")
    ('E08000034', 'E08000034', 'E08000034')
    >>> fg.resolve("Dorset", "2016-17") == fg.resolve("Dorset")
    False
    """
    return council_index(store or default_store()).find(council, financial_year)


@dataclass(frozen=True)
class CouncilIndex:
    """Every code, number and name in the register, each leading to the councils that bear it, the newest first."""

    by_key: dict[str, list[str]]
    spans: dict[str, tuple[str, str]]
    names: dict[str, str]

    @classmethod
    def of(cls, register: pd.DataFrame) -> "CouncilIndex":
        """Build the index from the register's table."""
        by_key: dict[str, list[str]] = {}
        spans, names = {}, {}
        newest_first = register.assign(last=register["last_year"].fillna(_STILL_THERE)).sort_values("last", ascending=False)
        for row in newest_first.fillna("").itertuples():
            code = str(row.council)
            spans[code] = (str(row.first_year), str(row.last_year) or _STILL_THERE)
            names[code] = str(row.council_name)
            keys = [code, str(row.council_number), str(row.council_name), *str(row.other_codes).split(), *str(row.other_names).split("; ")]
            for key in keys:
                if _plain(key):
                    by_key.setdefault(_plain(key), []).append(code)
        return cls(by_key, spans, names)

    def find(self, council: str | int | float, financial_year: str | None = None) -> str:
        """Return the one council meant; raise UnknownCouncil with suggestions where there is none."""
        is_whole = isinstance(council, float) and math.isfinite(council) and council == int(council)
        text = str(int(council)) if is_whole else str(council)
        candidates = self.by_key.get(_plain(text), [])
        for code in candidates:
            if financial_year is None or self.existed(code, financial_year):
                return code
        raise UnknownCouncil(self._complaint(text, candidates, financial_year))

    def existed(self, council: str, financial_year: str) -> bool:
        """Return whether a council of the register existed in the financial year."""
        first, last = self.spans[council]
        return first <= financial_year <= last

    def is_there_now(self, council: str) -> bool:
        """Return whether a council of the register has not been abolished."""
        return self.spans[council][1] == _STILL_THERE

    def of_year(self, financial_year: str) -> set[str]:
        """Return the councils that existed in a financial year."""
        return {council for council in self.spans if self.existed(council, financial_year)}

    def _complaint(self, text: str, candidates: list[str], financial_year: str | None) -> str:
        if candidates:
            first, last = self.spans[candidates[0]]
            span = f"from {first}" if last == _STILL_THERE else f"until {last}"
            return f"{self.names[candidates[0]]} ({candidates[0]}) existed {span}, not in {financial_year}."
        suggestions = self._nearest(text)
        meant = f" Did you mean {' or '.join(suggestions)}?" if suggestions else ""
        shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
        return f"'{shown}' is no upper-tier council in England.{meant} fundgap.councils() lists them all."

    def _nearest(self, text: str) -> list[str]:
        """Return names like a text: those with words that begin so, else those spelt much like it; of a number or code there are none."""
        wanted = _plain(_TITLES.sub("", text.strip()))
        if any(letter.isdigit() for letter in wanted) or len(wanted) < _FEWEST_LETTERS:
            return []
        if wanted in self.by_key:
            return [self.names[self.by_key[wanted][0]]]
        names = [
            name for name in self.names.values() if any(_plain(name[word.start() :]).startswith(wanted) for word in _WORDS.finditer(name))
        ]
        near = names or [self.names[self.by_key[key][0]] for key in difflib.get_close_matches(wanted[:_MOST_SHOWN], self.by_key, n=3)]
        return list(dict.fromkeys(near))[:_MOST_NAMES]


def _plain(text: str) -> str:
    """Fold the differences that publishers make without meaning any: case, punctuation, '&', the class put behind ("Derby UA")."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r" (UA|CC|MBC)$", "", text.strip()).lower().replace("&", "and"))


def council_index(store: Store) -> CouncilIndex:
    """Return the index of the store's register, built once for each text of it."""
    return _index(read_text(store.raw / "councils.csv"))


@lru_cache(maxsize=4)
def _index(text: str) -> CouncilIndex:
    return CouncilIndex.of(_register(text))
