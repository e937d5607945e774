"""How long the ordered regression takes: beside statsmodels, R's `ordinal::clm` and the machine's own limit for the work.

    python benchmarks/ordinal.py [turns]

One thread, the same bootstrap resamples for all, processor time; ours and the limit in turns, so that a machine that slows down
slows down both. The limit is the bare work: as many exponentials and logarithms, and the same matrix products, on arrays of the
same shapes, with nothing around them. clm is left out where R or its package is not installed.
"""

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from statsmodels.miscmodels.ordinal_model import OrderedModel

from fundgap.models import newton, ordinal, resampling, tiles
from fundgap.models.standardise import Scale

SEED = 20241126
# Rows, columns, our replicates, and how many of them the slower two fit.
SIZES = ((150, 4, 2000, 20), (3000, 8, 500, 4))
TARGETS = {(150, "statsmodels"): 700, (150, "clm"): 50, (3000, "statsmodels"): 100, (3000, "clm"): 20}
LIMIT_TARGET = 3.0
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
Arrays = tuple[NDArray[np.int64], NDArray[np.float64]]


def main(turns: int) -> None:
    """Print the tables."""
    print(f"{date.today()}, {os.cpu_count()} cores (one used), Python {platform.python_version()}, numpy {np.__version__}, {turns} turns\n")
    compare(turns)
    links(turns)
    grow(turns)


def made_up(n: int, p: int) -> Arrays:
    """Return n grades of four uneven kinds and p correlated columns that say something of them."""
    rng = np.random.default_rng(SEED)
    x = 0.5 * rng.normal(size=(n, 1)) + rng.normal(size=(n, p))
    latent = x @ np.linspace(0.8, -0.6, p) + rng.logistic(size=n)
    return np.digitize(latent, np.quantile(latent, [0.15, 0.5, 0.9])), x


def seconds(work: Callable[[], Any]) -> float:
    """Return the processor time that some work takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def compare(turns: int) -> None:
    """Print, per replicate, our time beside the others'."""
    print(f"{'rows':>6}{'columns':>9}{'':>14}{'µs a replicate':>16}{'ours is faster by':>19}{'wanted':>8}{'loglik, ours - theirs':>24}")
    for n, p, replicates, few in SIZES:
        y, x = made_up(n, p)
        weights = resampling.bootstrap(n, replicates, SEED)
        bare, ratio, ours = beside_the_limit(y, x, weights, turns)
        fitted = ordinal.fit(y, x, weights)
        print(f"{n:6}{p:9}{'ours':>14}{ours * 1e6:16,.1f}    {fitted.summary()}")
        print(f"{n:6}{p:9}{'limit':>14}{bare * 1e6:16,.1f}{1 / ratio:18.2f}×{f'1/{LIMIT_TARGET:.0f}':>8}")
        for name, way in (("statsmodels", by_statsmodels), ("clm", by_clm)):
            found = way(y, x, weights[:few])
            if found is None:
                print(f"{n:6}{p:9}{name:>14}    not compared: Rscript or its package ordinal is not installed")
                continue
            each, logliks = found
            gained = fitted.loglik[:few] - logliks
            wanted = TARGETS[n, name]
            print(f"{n:6}{p:9}{name:>14}{each * 1e6:16,.0f}{each / ours:18,.0f}×{wanted:7}×{gained.min():12.0e} to {gained.max():.0e}")
    print()


def by_statsmodels(y: NDArray[np.int64], x: NDArray[np.float64], counts: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Return the time of a fit and the log-likelihoods; it takes no weights, so rows are repeated."""
    times, logliks = [], []
    for count in counts:
        rows = np.repeat(np.arange(len(y)), count.astype(int))
        start = time.process_time()
        fitted = OrderedModel(y[rows], x[rows], distr="logit").fit(method="bfgs", maxiter=500, disp=False)
        times.append(time.process_time() - start)
        logliks.append(fitted.llf)
    return statistics.mean(times), np.array(logliks)


def by_clm(y: NDArray[np.int64], x: NDArray[np.float64], counts: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]] | None:
    """Return the same of R's clm, called once."""
    if (
        shutil.which("Rscript") is None
        or subprocess.run(["Rscript", "-e", "library(ordinal)"], capture_output=True, check=False).returncode
    ):
        return None
    with tempfile.TemporaryDirectory() as folder:
        names = ",".join(["grade", *(f"x{j + 1}" for j in range(x.shape[1]))])
        np.savetxt(Path(folder) / "data.csv", np.column_stack([y, x]), delimiter=",", header=names, comments="", fmt="%.17g")
        np.savetxt(Path(folder) / "counts.csv", counts, delimiter=",", fmt="%d")
        script = Path(__file__).with_suffix(".R")
        said = subprocess.run(["Rscript", str(script), folder], capture_output=True, text=True, check=True).stdout
        return float(said), np.loadtxt(Path(folder) / "estimates.csv", delimiter=",", ndmin=2)[:, -1]


@dataclass
class Work:
    """What a fit asked for: the widths of the blocks of replicates at which derivatives and log-likelihoods were taken."""

    derivatives: list[tuple[int, bool]] = field(default_factory=list)
    logliks: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, fit: Callable[[], Any]) -> "Work":
        """Run a fit and note its work."""
        work = cls()
        plain = newton.derivatives, ordinal.likelihood.loglik

        def derivatives(problem: Any, block: Any, estimates: Any) -> Any:
            work.derivatives.append((block.width, estimates.shape[1] > 1))
            return plain[0](problem, block, estimates)

        def loglik(problem: Any, block: Any, estimates: Any) -> Any:
            work.logliks.append(block.width)
            return plain[1](problem, block, estimates)

        newton.derivatives, ordinal.likelihood.loglik = derivatives, loglik
        try:
            fit()
        finally:
            newton.derivatives, ordinal.likelihood.loglik = plain
        return work

    def bare(self, problem: tiles.Problem) -> Callable[[], None]:
        """Return the exponentials, logarithms and matrix products of this work and nothing else."""
        rng = np.random.default_rng(SEED)
        shapes = {width: rng.normal(size=(problem.tallest, width)) for width in {*(w for w, _ in self.derivatives), *self.logliks}}
        slopes = {width: rng.normal(size=(problem.shared - problem.inner, width)) for width in shapes}
        room = {width: np.empty_like(values) for width, values in shapes.items()}

        def run() -> None:
            for width, own in self.derivatives:
                for tile in problem.tiles:
                    values = shapes[width][: len(tile.x)]
                    if own:
                        tile.x @ slopes[width]
                        np.exp(values, out=room[width][: len(tile.x)])
                    for j in range(problem.inner):
                        rows = slice(tile.bounds[j], tile.bounds[j + 2])
                        tile.beside_one[:, rows] @ values[rows]
                        tile.beside_one[:, rows] @ values[rows]
                    tile.pairs @ values
            for width in self.logliks:
                for tile in problem.tiles:
                    values = room[width][: len(tile.x)]
                    np.exp(shapes[width][: len(tile.x)], out=values)
                    np.log(values, out=values)

        return run


def beside_the_limit(y: NDArray[np.int64], x: NDArray[np.float64], weights: NDArray[np.float64], turns: int) -> tuple[float, float, float]:
    """Return seconds a replicate of the bare work, the median of ours by it within each turn, and ours."""
    work = Work.of(lambda: ordinal.fit(y, x, weights))
    problem = tiles.Problem.of(y, Scale.of(x, int(y.max())).standardised(x), int(y.max()) + 1, "logit")
    bare = work.bare(problem)
    bare()
    pairs = [(seconds(lambda: ordinal.fit(y, x, weights)), seconds(bare)) for _ in range(turns)]
    ours, limit = (statistics.median(times) / len(weights) for times in zip(*pairs, strict=True))
    return limit, statistics.median(ours / limit for ours, limit in pairs), ours


def links(turns: int) -> None:
    """Print the three links, and shuffles of one column instead of weights."""
    n, p, replicates, _ = SIZES[0]
    y, x = made_up(n, p)
    weights = resampling.bootstrap(n, replicates, SEED)
    shuffled = x[:, -1:][resampling.permutations(np.zeros(n), replicates, SEED)]
    ways: dict[str, Callable[[], Any]] = {
        f"{link}, bootstrap": lambda link=link: ordinal.fit(y, x, weights, link=link) for link in ("logit", "probit", "cloglog")
    }
    ways["logit, one column shuffled"] = lambda: ordinal.fit(y, x[:, :-1], varying=shuffled)
    print(f"{f'{n} rows, {p} columns':32}{'µs a replicate':>16}")
    for name, way in ways.items():
        print(f"{name:32}{statistics.median(seconds(way) for _ in range(turns)) / replicates * 1e6:16,.1f}")
    print()


def grow(turns: int) -> None:
    """Print how cost grows with rows, columns and replicates, from one size in the middle."""
    middle = {"rows": 300, "columns": 4, "replicates": 500}
    print(f"{'rows':>8}{'columns':>9}{'replicates':>12}{'ms in all':>12}{'µs a replicate':>16}")
    for name, values in (
        ("rows", (75, 150, 300, 600, 1200, 2400)),
        ("columns", (1, 2, 4, 8, 16)),
        ("replicates", (1, 10, 100, 1000, 4000)),
    ):
        for value in values:
            size = middle | {name: value}
            y, x = made_up(size["rows"], size["columns"])
            weights = resampling.bootstrap(size["rows"], size["replicates"], SEED)
            each = statistics.median(seconds(lambda y=y, x=x, weights=weights: ordinal.fit(y, x, weights)) for _ in range(turns))
            shown = f"{size['rows']:8}{size['columns']:9}{size['replicates']:12,}"
            print(f"{shown}{each * 1e3:12,.1f}{each / size['replicates'] * 1e6:16,.1f}")
        print()


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    if any(os.environ.get(name) != "1" for name in THREADS):
        # The libraries read these when they are loaded.
        sys.exit(subprocess.run([sys.executable, *sys.argv], env=os.environ | dict.fromkeys(THREADS, "1"), check=False).returncode)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
