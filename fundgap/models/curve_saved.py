"""The curve as it is kept among the figures: tables small enough for a notebook, with a manifest of what they were made from.

`make curve` (python -m fundgap.models.curve_saved) makes them anew; a test works out some of their rows again.
"""

import hashlib
from pathlib import Path

import pandas as pd
import platformdirs
import tomli_w

from fundgap.data.store import Store, default_store, parse_table, read_toml, sha256, table_text
from fundgap.data.transaction import write_all
from fundgap.errors import BadFigures, Fault, NoData
from fundgap.models.curve import specification_curve
from fundgap.models.curve_result import SpecificationCurve

FOLDER = "curve"
TABLES = ("table", "tests", "band", "failures", "reasons")
_MANIFEST = "manifest.toml"
_INPUTS = ("processed/council_years.csv", "processed/inspections.csv", "raw/councils.csv", "raw/deflator.csv", "raw/deprivation.csv")
_MEND = "`make curve` works the curve out anew; it takes some minutes."
_HEADER = "# What the specification curve was made from, and SHA-256 of the tables it was put into.\n"


def stored_curve(store: Store | None = None) -> SpecificationCurve:
    """Return the specification curve as kept among the figures, which takes no time.

    Raises
    ------
    NoData
        When none is kept.
    BadFigures
        When its tables were changed, or the figures that it was made from have changed since.
    """
    store = store or default_store()
    folder = store.root / FOLDER
    if not (folder / _MANIFEST).is_file():
        raise NoData(f"{folder / _MANIFEST} is not there. {_MEND}")
    manifest = read_toml(folder / _MANIFEST)
    faults = [Fault(str(folder / name), "another file", "the one on record") for name in _differ(folder, manifest["tables"])]
    faults += [
        Fault(str(store.root / name), "figures changed since", "those of the curve") for name in _differ(store.root, manifest["inputs"])
    ]
    if faults:
        raise BadFigures("the stored specification curve cannot be used", faults, remedy=_MEND)
    tables = {name: _typed(parse_table((folder / f"{name}.csv").read_text("utf-8"))) for name in TABLES}
    return SpecificationCurve(**tables, run=manifest["run"])


def save_curve(curve: SpecificationCurve, store: Store | None = None) -> list[Path]:
    """Write the tables of a curve and their manifest among the figures, all or none, and return their paths."""
    store = store or default_store()
    folder = store.root / FOLDER
    texts = {f"{name}.csv": table_text(getattr(curve, name)) for name in TABLES}
    inputs = {name: sha256(store.root / name) for name in _INPUTS}
    folder.mkdir(exist_ok=True)
    tables = {name: _hash(text) for name, text in texts.items()}
    texts[_MANIFEST] = _HEADER + tomli_w.dumps({"run": dict(curve.run), "inputs": inputs, "tables": tables})
    write_all(folder, texts)
    return [folder / name for name in texts]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _differ(folder: Path, hashes: dict[str, str]) -> list[str]:
    return [name for name, known in hashes.items() if not (folder / name).is_file() or sha256(folder / name) != known]


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of text with its numbers as numbers and its flags as flags."""
    for name in table.columns:
        words = set(table[name].dropna())
        if words and words <= {"True", "False"}:
            table[name] = table[name] == "True"
        elif all(_is_number(word) for word in words):
            table[name] = pd.to_numeric(table[name])
    return table


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    cache = Path(platformdirs.user_cache_dir("fundgap")) / FOLDER
    for path in save_curve(specification_curve(n_jobs=-1, folder=cache, progress=True)):
        print(path)
