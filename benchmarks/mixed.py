"""The mixed logit beside R: time against ordinal::clmm and lme4::glmer, growth, and coverage of its intervals by simulation.

    OMP_NUM_THREADS=1 python benchmarks/mixed.py [turns] [simulations]

R, with the packages ordinal and lme4, times itself (mixed.R), both sides on one thread and on the same tables; where it is not
installed a line says so. Times are medians of processor seconds, which a busy machine stretches less than those of the clock, of a
whole fit:
without random intercepts first, then the maximum, the Hessian and the modes.
"""

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

import fundgap
from fundgap.models import ordinal
from fundgap.models.mixed_fit import MixedFit, fit_crossed

SEED = 20261122
FORMULA = "rating ~ deprivation_decile + preventative_per_child_real"
# Rows, councils, years.
LARGER = (3000, 300, 20)
GROWTH = [
    (500, 100, 10),
    (5000, 100, 10),
    (50_000, 100, 10),
    (50_000, 1000, 10),
    (50_000, 10_000, 10),
    (50_000, 1000, 100),
    (50_000, 1000, 400),
]
LEVEL = 0.95

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """Grades (n,), columns (n, p) and levels (F, n)."""

    name: str
    y: Ints
    x: Floats
    levels: Ints

    def fit(self, best: int | None = None) -> MixedFit:
        """Fit the grades, or the grades from `best` on against those below."""
        y = self.y if best is None else (self.y >= best).astype(np.int64)
        return fit_crossed(y, self.x, self.levels, ordinal.fit(y, self.x))


def panel() -> Problem:
    """Return the shipped judgements, all frameworks, councils and years crossed."""
    model = fundgap.fit_mixed(FORMULA, fundgap.in_real_terms(fundgap.inspections()))
    return Problem("the panel", model._fixed.y, model._fixed.design.x / [1, 100], model.levels)


def drawn(rng: np.random.Generator, rows: int, *sizes: int) -> Problem:
    """Return made-up judgements of the model, deviations 0.9 and 0.6."""
    levels = np.array([rng.permutation(np.arange(rows) % size) for size in sizes])
    x = rng.normal(size=(rows, 2))
    latent = x @ [0.5, -0.3] + rng.logistic(size=rows)
    for level, size, deviation in zip(levels, sizes, (0.9, 0.6), strict=False):
        latent = latent + deviation * rng.normal(size=size)[level]
    return Problem("made up", np.digitize(latent, [-1.8, 0.0, 1.8]), x, levels)


def main(turns: int, simulations: int) -> None:
    """Print the tables."""
    print(f"{date.today()}, {os.cpu_count()} cores (one used), Python {platform.python_version()}, {turns} turns\n")
    rng = np.random.default_rng(SEED)
    problems = [panel(), drawn(rng, *LARGER), drawn(rng, *LARGER[:2])]
    if shutil.which("Rscript"):
        compare(problems, turns)
    else:
        print("Rscript is not installed: not compared with clmm and glmer")
    grow(rng, turns)
    cover(simulations)


def compare(problems: list[Problem], turns: int) -> None:
    """Time ours and theirs on the same tables."""
    heads = {"table": 12, "n": 7, "levels": 12, "kind": 10, "ours, s": 10, "peer": 8, "peer, s": 10, "peer/ours": 11, "loglik over": 13}
    print("".join(f"{head:>{width}}" for head, width in heads.items()))
    for problem in problems:
        peers = _peers(problem, turns)
        sizes = " x ".join(str(size) for size in problem.levels.max(axis=1) + 1)
        for kind, best, peer in (("ordered", None, "clmm"), ("binary", 2, "glmer")):
            seconds, fitted = _timed(problem, best, turns)
            theirs, loglik = peers[peer]
            print(f"{problem.name:>12}{len(problem.y):>7,}{sizes:>12}{kind:>10}{seconds:>10.3f}{peer:>8}{theirs:>10.2f}", end="")
            print(f"{theirs / seconds:>11.1f}{fitted.loglik - loglik:>13.1e}", flush=True)


def _timed(problem: Problem, best: int | None, turns: int) -> tuple[float, MixedFit]:
    fitted = problem.fit(best)
    times = []
    for _ in range(turns):
        start = time.process_time()
        problem.fit(best)
        times.append(time.process_time() - start)
    return statistics.median(times), fitted


def _peers(problem: Problem, turns: int) -> dict[str, tuple[float, float]]:
    """Return each peer's median seconds and log-likelihood."""
    groups = [f"group{f}" for f in range(len(problem.levels))]
    columns = {f"x{j}": column for j, column in enumerate(problem.x.T)} | dict(zip(groups, problem.levels, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        pd.DataFrame({"grade": problem.y} | columns).to_csv(path, index=False)
        script = Path(__file__).with_suffix(".R")
        told = subprocess.run(["Rscript", str(script), str(path), str(turns), *groups], check=True, capture_output=True, text=True).stdout
    table = pd.DataFrame([line.split() for line in told.splitlines()], columns=["peer", "seconds", "loglik"])
    table = table.astype({"seconds": float, "loglik": float})
    return {str(peer): (float(rows["seconds"].median()), float(rows["loglik"].iloc[0])) for peer, rows in table.groupby("peer")}


def grow(rng: np.random.Generator, turns: int) -> None:
    """Show how cost grows with rows and with levels of the first and of the second factor."""
    print(f"\n{'n':>7}{'levels':>14}{'seconds a fit':>15}{'microseconds a row':>20}")
    for rows, *sizes in GROWTH:
        seconds, _ = _timed(drawn(rng, rows, *sizes), None, min(turns, 3))
        print(f"{rows:>7,}{' x '.join(map(str, sizes)):>14}{seconds:>15.2f}{seconds / rows * 1e6:>20.0f}", flush=True)


def cover(simulations: int) -> None:
    """Print how often the 95% Wald interval of each slope holds the slope that the grades were drawn with."""
    problem = panel()
    truth = problem.fit()
    rng = np.random.default_rng(SEED)
    inside, boundary, failed = np.zeros(len(truth.slopes)), np.zeros(len(truth.deviations)), 0
    estimates = []
    for _ in range(simulations):
        simulated = _simulated(problem, truth, rng)
        without = ordinal.fit(simulated.y, simulated.x, grades=len(truth.thresholds) + 1)
        fitted = fit_crossed(simulated.y, simulated.x, simulated.levels, without) if without.is_converged[0] else None
        if fitted is None or not fitted.is_converged:
            failed += 1
            continue
        where = slice(len(truth.thresholds), len(truth.thresholds) + len(truth.slopes))
        error = np.sqrt(np.diag(fitted.covariance)[where])
        inside += np.abs(fitted.slopes - truth.slopes) <= norm.ppf(0.5 + LEVEL / 2) * error
        boundary += fitted.deviations == 0
        estimates.append(np.concatenate([fitted.slopes, fitted.deviations]))
    done = simulations - failed
    mean = np.mean(estimates, axis=0)
    names = ["deprivation_decile", "preventative, £100 a child"]
    print(f"\ncoverage of the 95% Wald interval, {done} tables drawn from the fit to the panel (seed {SEED}; {failed} did not converge)")
    for j, name in enumerate(names):
        share = inside[j] / done
        error = np.sqrt(share * (1 - share) / done)
        print(f"  {name:28}{share:.1%} (simulation error {error:.1%}); true {truth.slopes[j]:.4f}, mean {mean[j]:.4f}")
    for f, name in enumerate(("council", "figures_year")):
        place = len(names) + f
        print(f"  sd of {name:22}true {truth.deviations[f]:.3f}, mean {mean[place]:.3f}; at 0 in {boundary[f] / done:.1%}")


def _simulated(problem: Problem, truth: MixedFit, rng: np.random.Generator) -> Problem:
    """Return new grades of the same councils, years and columns, from new intercepts."""
    latent = problem.x @ truth.slopes + rng.logistic(size=len(problem.y))
    for level, deviation in zip(problem.levels, truth.deviations, strict=True):
        latent = latent + deviation * rng.normal(size=level.max() + 1)[level]
    return Problem("drawn", np.digitize(latent, truth.thresholds), problem.x, problem.levels)


if __name__ == "__main__":
    if os.environ.get("OMP_NUM_THREADS") != "1":
        sys.exit("Both sides are timed on one thread: set OMP_NUM_THREADS=1.")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3, int(sys.argv[2]) if len(sys.argv) > 2 else 2000)
