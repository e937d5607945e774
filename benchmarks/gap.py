"""The simulated gap: how long 100,000 draws take beside numpy's bare normals, what they need of memory, and how both grow.

    python benchmarks/gap.py [DRAWS] [TURNS]

Time: processor time of one thread, from run 0 and its shocks to quantiles: draws of every council over ten years, and quantiles of
England and of every council. What comes before (projection and shocks, the same for any number of draws) is timed by itself. Beside
it, in the same run and in turns: numpy drawing as many standard normals (draws x councils x years) and doing nothing with them. The
machine may be busy, so the ratio of a turn is what counts, and the median of turns.

Memory: the peak of a process of its own, above what it held once everything was imported and read (Linux).
"""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from fundgap.data.panel import council_years
from fundgap.gap.draws import BLOCK
from fundgap.gap.scenario import Scenario, scenario
from fundgap.gap.shocks import Shocks
from fundgap.gap.simulation import simulate_gap
from fundgap.gap.simulation_result import Simulation
from fundgap.gap.tally import series_ratios, tally

SEED = 20261122
LEVELS = (0.1, 0.5, 0.9)
YEARS = 10


def main(draws: int, turns: int) -> None:
    """Print every table."""
    years, run = council_years(), scenario("trend").replace(years=YEARS)
    start = prepared(years, run)
    councils = len(start.design.need)
    print(
        f"{date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}, load {os.getloadavg()[0]:.1f}"
    )
    count = draws * councils * YEARS
    print(f"{draws:,} draws x {councils} councils x {YEARS} years = {count / 1e6:,.0f} million; blocks of {BLOCK:,} draws\n")
    print(f"before the draws: {timed(lambda: prepared(years, run)):.2f} s, one block for the grid included")
    speed(start, draws, count, turns)
    growth(years, run, draws // 5)
    memory(draws)
    accuracy(start, draws)


def prepared(years: pd.DataFrame, run: Scenario, shocks: Shocks | None = None) -> Simulation:
    """Do what comes before the draws that are timed: projection and shocks; one draw is made, and forgotten."""
    return simulate_gap(years, run, 1, SEED, shocks=shocks)


def whole(start: Simulation, draws: int, n_jobs: int = 1) -> Simulation:
    """Do all that is timed."""
    drawn = replace(start, draws=draws, tally=tally(start.design, SEED, draws, chunk=4, n_jobs=n_jobs))
    drawn.england(*LEVELS)
    drawn.councils(*LEVELS)
    return drawn


def normals(count: int, dtype: type = np.float64) -> None:
    """Draw standard normals into the same room again and again."""
    rng, room = np.random.default_rng(SEED), np.empty(BLOCK * YEARS, dtype=dtype)
    for _ in range(count // room.size):
        rng.standard_normal(out=room, dtype=dtype)


def timed(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    start = clock()
    work()
    return clock() - start


def speed(start: Simulation, draws: int, count: int, turns: int) -> None:
    """Time ours and numpy's in turns, one thread; then ours with two."""
    rows = []
    for _ in range(turns):
        ours, bare = timed(lambda: whole(start, draws)), timed(lambda: normals(count))
        rows.append((ours, bare, timed(lambda: normals(count, np.float32))))
    times = np.array(rows)
    ratio = times[:, 0] / times[:, 1]
    names = ("ours, run 0 to quantiles", "numpy, normals of double precision", "numpy, normals of single precision")
    print(f"one thread, {turns} turns: processor seconds, median (least); ns a normal")
    for name, column in zip(names, times.T, strict=True):
        print(f"  {name:38}{np.median(column):8.2f} ({column.min():.2f}) {1e9 * np.median(column) / count:8.1f}")
    print(f"  ours / numpy (double): median {np.median(ratio):.2f}, from {ratio.min():.2f} to {ratio.max():.2f}; wanted 3 or less")
    with joblib.parallel_config(backend="threading"):
        both = [
            (timed(lambda: whole(start, draws), time.perf_counter), timed(lambda: whole(start, draws, 2), time.perf_counter))
            for _ in range(turns)
        ]
    one, two = np.median(both, axis=0)
    print(f"  wall seconds: one thread {one:.2f}, two {two:.2f}\n")


def growth(years: pd.DataFrame, run: Scenario, draws: int) -> None:
    """Print time by draws, councils and years, and the slope of its logarithm: 1 is in proportion, less where something is fixed."""
    base = years[years["financial_year"] == years["financial_year"].max()].dropna(subset="gross_spend_gbp")["council"].tolist()

    def some(count: int) -> pd.DataFrame:
        return years[years["council"].isin(base[:: len(base) // count][:count])]

    # A few councils do not tell shocks: those of all are taken.
    shocks = prepared(years, run).shocks
    table = {
        "draws": {size: (prepared(years, run), size) for size in (draws, 2 * draws, 4 * draws)},
        "councils": {size: (prepared(some(size), run, shocks), 2 * draws) for size in (37, 75, 150)},
        "years": {size: (prepared(years, run.replace(years=size)), 2 * draws) for size in (5, 10, 20)},
    }
    for name, cases in table.items():
        times = {size: float(np.median([timed(lambda case=case: whole(*case)) for _ in range(3)])) for size, case in cases.items()}
        slope = np.polyfit(np.log(list(times)), np.log(list(times.values())), 1)[0]
        print(f"{name:9}" + ", ".join(f"{size:,}: {seconds:.2f} s" for size, seconds in times.items()) + f"; slope {slope:.2f}")
    print()


def memory(draws: int) -> None:
    """Print the peak of processes of their own, above import and reading."""
    for size in (draws // 5, draws, 3 * draws):
        out = subprocess.run([sys.executable, __file__, "memory", str(size)], capture_output=True, text=True, check=True)
        print(f"memory, {size:,} draws: {out.stdout.strip()}")
    print()


def peak(draws: int) -> None:
    """Print the peak of this process above what it held before."""
    years, run = council_years(), scenario("trend").replace(years=YEARS)
    before = held("VmRSS")
    # Forget the peak of importing: from here on it is that of the draws.
    Path("/proc/self/clear_refs").write_text("5")
    whole(prepared(years, run), draws)
    print(f"{held('VmHWM') - before:.0f} MiB above {before:.0f} MiB")


def held(name: str) -> float:
    """Return a line of this process's account of memory, MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def accuracy(start: Simulation, draws: int) -> None:
    """Compare quantiles from counts with those of the draws themselves: England and the first council, in standard deviations."""
    drawn = whole(start, draws)
    held: list[list[np.ndarray]] = [[], []]
    for block in range(-(-draws // BLOCK)):
        series = [need.copy() if number == 0 else need for number, (_, need) in enumerate(series_ratios(drawn.design, SEED, block))]
        for kept, need in zip(held, (series[-1], series[0]), strict=True):
            kept.append(need)
    for name, kept, table in zip(("England", "a council"), held, (drawn.england(*LEVELS), drawn.councils(*LEVELS)), strict=True):
        need = np.concatenate(kept, axis=1)[:, :draws]
        found = table.head(len(LEVELS) * (YEARS + 1))["need_gbp"].to_numpy().reshape(len(LEVELS), -1)[:, 1:]
        off = np.abs(found - np.quantile(need, LEVELS, axis=1)) / need.std(axis=1)
        print(
            f"quantiles of {name:9} off by {np.median(off):.5f} standard deviations (median), {off.max():.5f} (worst); "
            f"simulation error of a median {1.2533 / np.sqrt(draws):.5f}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["memory"]:
        peak(int(sys.argv[2]))
    else:
        arguments = [int(text) for text in sys.argv[1:]]
        main(*(arguments + [100_000, 5][len(arguments) :]))
