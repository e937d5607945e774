"""How long the data floor takes: our readers beside pandas on the same files, and a build beside reading its input.

    python benchmarks/data.py [folder of official files] [repeats]

Everything is timed in one run and turn by turn (ours, pandas; pandas, ours; …), so that a machine that slows down slows
down both; medians are shown, and the median of the ratios within each turn.
"""

import csv
import os
import platform
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from python_calamine import CalamineWorkbook

from fundgap.data.councils import council_index
from fundgap.data.panel import build
from fundgap.data.readers import READERS, sheets
from fundgap.data.sources import Release, read_register
from fundgap.data.store import Store, default_store

WORKBOOKS = (".xls", ".xlsx", ".ods")
# Shares of a long file that are read to show how cost grows with its rows.
SHARES = (0.1, 0.25, 0.5, 1.0)


def main(folder: Path, repeats: int) -> None:
    """Print the tables."""
    store = default_store()
    print(f"{date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}, pandas {pd.__version__}, {repeats} turns\n")
    compare_readers(store, folder, repeats)
    grow(store, folder, repeats)
    compare_build(store, repeats)


def compare_readers(store: Store, folder: Path, repeats: int) -> None:
    """Time each release on the register that lies in the folder."""
    print(f"{'release':28}{'file':>6}{'rows':>9}{'ours, ms':>11}{'pandas, ms':>12}{'ours/pandas':>13}{'calamine, ms':>14}")
    for release in read_register(store).values():
        path = next(iter(sorted(folder.rglob(release.file))), None)
        if path is None or release.reader not in READERS:
            continue
        read, seen = _ours(store, path, release), _sheets_read(store, path, release)
        ways: dict[str, Callable[[], Any]] = {"ours": read, "pandas": lambda path=path, seen=seen: _pandas(path, seen, None)}
        if path.suffix in WORKBOOKS:
            ways["calamine"] = lambda path=path, seen=seen: _pandas(path, seen, "calamine")
        try:
            ways["pandas"]()
        except ImportError:
            del ways["pandas"]
        times = turns(ways, repeats)
        rows = sum(len(table) for table in read().values())
        print(
            f"{release.id:28}{path.suffix:>6}{rows:>9,}{_shown(times, 'ours', 11)}{_shown(times, 'pandas', 12)}{_ratio(times):>13}", end=""
        )
        print(_shown(times, "calamine", 14))


def grow(store: Store, folder: Path, repeats: int) -> None:
    """Read growing shares of the years of the estimates of children: does the cost of a row stay what it is?"""
    release = read_register(store)["children-2012-2024"]
    path = next(iter(sorted(folder.rglob(release.file))), None)
    if path is None:
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    column = header.index("time_period")
    years = sorted({row[column] for row in rows})
    print(f"\n{'rows read':>10}{'ours, ms':>11}{'ms a 1,000 rows':>17}")
    with tempfile.TemporaryDirectory() as scratch:
        for share in SHARES:
            kept = years[-max(1, round(share * len(years))) :]
            part, few = Path(scratch) / path.name, [row for row in rows if row[column] in kept]
            with part.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([header, *few])
            taken = statistics.median(turns({"ours": _ours(store, part, release)}, repeats)["ours"])
            print(f"{len(few):>10,}{taken * 1e3:>11,.0f}{taken * 1e6 / len(few):>17,.1f}")


def compare_build(store: Store, repeats: int) -> None:
    """Time a full build beside reading and decoding its input text once."""
    inputs = [path for path in sorted(store.raw.iterdir()) if path.suffix in (".csv", ".toml")]
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "processed"
        target.mkdir()
        ways = {"build": lambda: build(store.raw, target), "reading": lambda: [path.read_bytes().decode("utf-8") for path in inputs]}
        ways["parsing"] = lambda: [pd.read_csv(path, dtype=str) for path in inputs if path.suffix == ".csv"]
        times = turns(ways, repeats)
    size = sum(path.stat().st_size for path in inputs) / 1e6
    print(f"\nbuild {statistics.median(times['build']):.2f} s; its input, {size:.1f} MB of text: ", end="")
    for way in ("reading", "parsing"):
        ratio = statistics.median(one / other for one, other in zip(times["build"], times[way], strict=True))
        print(f"{way} {statistics.median(times[way]) * 1e3:.1f} ms, build/{way} {ratio:,.0f}; ", end="")
    print()


def turns(ways: dict[str, Callable[[], Any]], repeats: int) -> dict[str, list[float]]:
    """Return the seconds each way took, turn by turn after one uncounted turn; every other turn runs backwards."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repeats + 1):
        for name in ways if turn % 2 else reversed(ways):
            start = time.perf_counter()
            ways[name]()
            if turn:
                times[name].append(time.perf_counter() - start)
    return times


def _ours(store: Store, path: Path, release: Release) -> Callable[[], dict[str, pd.DataFrame]]:
    index = council_index(store)
    return lambda: READERS[release.reader](path, release, index)


def _pandas(path: Path, seen: list[str], engine: Any) -> Any:
    if path.suffix in WORKBOOKS:
        return pd.read_excel(path, sheet_name=seen, header=None, engine=engine)
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


class _Noting:
    """A workbook that notes which of its sheets are opened, so that pandas is asked for the same."""

    def __init__(self, book: CalamineWorkbook, seen: list[str]) -> None:
        self.book, self.seen, self.sheet_names = book, seen, book.sheet_names

    def __enter__(self) -> "_Noting":
        return self

    def __exit__(self, *_: object) -> None:
        self.book.close()

    def get_sheet_by_name(self, name: str) -> Any:
        self.seen.append(name)
        return self.book.get_sheet_by_name(name)


def _sheets_read(store: Store, path: Path, release: Release) -> list[str]:
    """Return the names of the sheets that our reader opens, each once."""
    seen: list[str] = []

    class Noted:
        @staticmethod
        def from_path(path: Path) -> _Noting:
            return _Noting(CalamineWorkbook.from_path(path), seen)

    plain, sheets.CalamineWorkbook = sheets.CalamineWorkbook, Noted  # type: ignore[assignment, misc]
    try:
        _ours(store, path, release)()
    finally:
        sheets.CalamineWorkbook = plain  # type: ignore[misc]
    return list(dict.fromkeys(seen))


def _shown(times: dict[str, list[float]], way: str, width: int) -> str:
    return f"{statistics.median(times[way]) * 1e3:>{width},.0f}" if way in times else f"{'–':>{width}}"


def _ratio(times: dict[str, list[float]]) -> str:
    if "pandas" not in times:
        return "–"
    return f"{statistics.median(ours / other for ours, other in zip(times['ours'], times['pandas'], strict=True)):.2f}"


if __name__ == "__main__":
    arguments = sys.argv[1:]
    warnings.filterwarnings("ignore", "The default engine for reading")
    named = arguments[0] if arguments else os.environ.get("FUNDGAP_OFFICIAL", "")
    if not named or not Path(named).is_dir():
        sys.exit("Say where the official files lie: python benchmarks/data.py FOLDER, or set FUNDGAP_OFFICIAL.")
    main(Path(named), int(arguments[1]) if len(arguments) > 1 else 5)
