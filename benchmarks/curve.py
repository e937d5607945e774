"""The specification curve: how fast it is, and whether its joint test keeps its promise on data without any link.

    python benchmarks/curve.py [data sets] [specifications to time]

Speed: CPU time, so that a busy machine does not count, and wall time, one core and two.

False positives: judgements are drawn anew from a model in which grades hang on deprivation and on the council (a shift that all its
judgements share), and on spend not at all; real spend records stay as they are. The share of data sets with p at most 0.05 should be
0.05. In "by tenth", grades hang on the council's tenth by IMD alone, so that records within a tenth are exchangeable and the test is
exact; in "by score" they hang on the score, as they may in life, so that spend, which follows the score within a tenth too, is
exchangeable only about.
"""

import os
import platform
import sys
import time
from dataclasses import replace
from datetime import date

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import norm
from threadpoolctl import threadpool_limits

from fundgap.models import curve_fit
from fundgap.models.curve_choices import Choices, Specification, choices
from fundgap.models.curve_data import CurveData, curve_data
from fundgap.models.curve_grid import build_grid
from fundgap.models.curve_run import Run, run
from fundgap.models.curve_shuffles import joint_statistics, p_values, permutations, strata

SEED = 20260
SHUFFLES = 99
LEVEL = 0.05
# Log odds of a better grade for one standard deviation of deprivation, and standard deviation of the council's own shift: about
# what the pooled judgements have.
DEPRIVATION_SLOPE, COUNCIL_SHIFT = -0.45, 0.7
FIRST = Specification("rating", "sif", "england", "preventative", "per_child", "one_year", "imd_score", "in_force", "none")
FEW = tuple(
    replace(FIRST, spend=spend, frameworks=frameworks, form=form, deprivation=deprivation)
    for spend in ("total", "preventative")
    for frameworks in ("sif", "sif_ilacs")
    for form, deprivation in (("per_child", "imd_score"), ("log", "idaci_rank"), ("residual", "imd_score"))
)
STATISTICS = ("median", "share_positive", "share_significant_positive", "stouffer_z")


def main(sets: int, timed: int) -> None:
    """Print both tables."""
    data, options = curve_data(), choices()
    print(f"{date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}\n")
    speed(data, options, timed)
    print(f"\nshare of {sets} data sets without a link that have p at most {LEVEL}, of {len(FEW)} specifications, {SHUFFLES} shuffles")
    print(f"(95% of the time within {LEVEL:.2f} ± {1.96 * np.sqrt(LEVEL * (1 - LEVEL) / sets):.3f} if the test keeps its level)")
    print(f"{'grades hang on deprivation':28}" + "".join(f"{name:>28}" for name in STATISTICS))
    for how in ("by tenth", "by score"):
        p = np.array(Parallel(n_jobs=2)(delayed(one_set)(data, options, how, number) for number in range(sets)))
        for side, name in enumerate(("greater", "two-sided")):
            print(f"{f'{how}, {name}':28}" + "".join(f"{share:>28.3f}" for share in (p[:, :, side] <= LEVEL).mean(axis=0)))


def speed(data: CurveData, options: Choices, timed: int) -> None:
    """Time a fair draw of specifications, each on 500 shuffles."""
    start = time.perf_counter()
    grid = build_grid(data, options)
    drawn = grid.draw(timed, SEED)
    print(f"grid of {grid.reason.size:,} combinations, {(grid.reason == 0).sum():,} defined: {time.perf_counter() - start:.1f} s")
    owners = permutations(strata(data, "deprivation"), 500, SEED)
    work = Run(data, options, drawn, owners)
    fits = len(drawn) * len(owners)
    wall, cpu = time.perf_counter(), time.process_time()
    run(work, n_jobs=1)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"one core: {fits:,} fits, CPU {cpu:.1f} s ({1e3 * cpu / fits:.2f} ms a fit), wall {wall:.1f} s")
    Parallel(n_jobs=2)(delayed(abs)(number) for number in range(4))
    wall = time.perf_counter()
    run(work, n_jobs=2)
    wall = time.perf_counter() - wall
    whole = options.draw * len(owners)
    print(f"two cores: wall {wall:.1f} s, so {wall * whole / fits:.0f} s for {options.draw:,} specifications, {whole:,} fits")


def one_set(data: CurveData, options: Choices, how: str, number: int) -> list[list[float]]:
    """Return the p-values of each statistic on one data set, greater and two-sided."""
    with threadpool_limits(limits=1):
        rng = np.random.default_rng([SEED, number, len(how), how == "by score"])
        drawn = without_link(data, how, rng)
        owners = permutations(strata(drawn, "deprivation"), SHUFFLES, int(rng.integers(2**32)))
        fits = [curve_fit.fit_specification(curve_fit.arrays_of(drawn, options, one, owners)) for one in FEW]
    log_ratio = np.array([fit.slope * fit.spread for fit in fits])
    z = np.array([fit.slope / fit.error for fit in fits])
    statistics = joint_statistics(log_ratio, z, float(norm.ppf(0.975)))
    return [list(p_values(statistics[name])) for name in STATISTICS]


def without_link(data: CurveData, how: str, rng: np.random.Generator) -> CurveData:
    """Return the data with overall grades drawn from deprivation and the council, at the shares that were given."""
    score = data.deprivation["imd_score", "in_force"][:, 0]
    tenth = (data.tenth - 5.5) / np.std(np.arange(10))
    deprivation = np.nan_to_num(tenth if how == "by tenth" else score)
    shift = rng.normal(0, COUNCIL_SHIFT, len(data.names))
    latent = (DEPRIVATION_SLOPE * deprivation + shift)[data.council] + rng.logistic(size=len(data.council))
    shares = np.cumsum(np.bincount(data.grades["rating"], minlength=4))[:3] / len(latent)
    return replace(data, grades={**data.grades, "rating": np.searchsorted(np.quantile(latent, shares), latent)})


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    main(*(arguments + [300, 60][len(arguments) :]))
