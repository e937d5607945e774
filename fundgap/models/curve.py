"""The specification curve: the same question asked in every defensible way, and one test of all the answers together.

After Simonsohn, Simmons and Nelson (2020), "Specification curve analysis", Nature Human Behaviour 4, 1208-1214. The choices stand in
curve_choices.toml, what makes a combination undefined in curve_grid.py, the null in curve_shuffles.py.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm
from threadpoolctl import threadpool_limits

from fundgap.data.store import Store
from fundgap.errors import NoData
from fundgap.models import curve_shuffles
from fundgap.models.curve_choices import GROUPS, Choices, Specification, choices
from fundgap.models.curve_data import curve_data
from fundgap.models.curve_grid import build_grid
from fundgap.models.curve_result import EVERY, PAIR, STATISTICS, SpecificationCurve
from fundgap.models.curve_run import Run, run
from fundgap.models.curve_shuffles import NULLS, Like
from fundgap.models.curve_store import Part
from fundgap.models.odds_ratios import READABLE_STEP_GBP
from fundgap.models.standardise import Floats

SEED = 2016
_LEVEL = 0.95


def specification_curve(
    store: Store | None = None,
    *,
    shuffles: int = 500,
    draw: int | None = None,
    seed: int = SEED,
    nulls: Sequence[Like] = NULLS,
    n_jobs: int | None = None,
    folder: str | Path | None = None,
    progress: bool = False,
) -> SpecificationCurve:
    """Ask in every defensible way whether spend goes with better judgements.

    Each specification is an ordered (or binary) logit of a grade on one measure of spend, deprivation and controls. Where a council
    was judged more than once, standard errors are clustered by council (CR1), else from the observed information.

    Parameters
    ----------
    store
        The figures; those in use if left out.
    shuffles
        Of the spend records within deprivation band, for each null.
    draw
        How many of the defined combinations are drawn, each as likely as another; that of curve_choices.toml if left out.
    seed
        Of the draw and, apart from it, of each shuffle.
    nulls
        Which councils are alike enough for their records to change places: see `fundgap.models.curve_shuffles`.
    n_jobs, folder, progress
        Cores (or as `joblib.parallel_config` says), where to keep finished parts so that a stopped run goes on, and whether to
        show a bar. None of them changes a byte of the result.

    Returns
    -------
    SpecificationCurve

    Raises
    ------
    NoData
        When no combination is defined on the figures.

    Examples
    --------
    It takes some minutes; the curve of the notebooks is kept among the figures:

    >>> import fundgap as fg
    >>> curve = fg.specification_curve(shuffles=100)  # doctest: +SKIP
    >>> from fundgap.models.curve_saved import stored_curve
    >>> len(stored_curve().table)
    1250
    """
    data, options = curve_data(store), choices()
    with threadpool_limits(limits=1):
        grid = build_grid(data, options)
    specifications = grid.draw(options.draw if draw is None else draw, seed)
    if not specifications:
        raise NoData(f"No specification is defined on these figures: {grid.counts().set_index('reason')['specifications'].to_dict()}.")
    owners = np.vstack(
        [curve_shuffles.permutations(curve_shuffles.strata(data, null), shuffles, seed)[place > 0 :] for place, null in enumerate(nulls)]
    )
    work = Run(data, options, specifications, owners)
    estimates = run(work, n_jobs=n_jobs, folder=None if folder is None else Path(folder), progress=progress)
    described: dict[str, str | int] = {**work.described(), "seed": seed, "shuffles": shuffles}
    return curve_of(options, specifications, estimates, nulls, described, grid.counts())


def curve_of(
    options: Choices,
    specifications: Sequence[Specification],
    estimates: Part,
    nulls: Sequence[Like],
    described: dict[str, str | int],
    reasons: pd.DataFrame,
) -> SpecificationCurve:
    """Return the tables of a curve from the estimates, (K, 1 + shuffles of each null in turn)."""
    log_ratio, z = _answers(estimates)
    table = specification_table(options, specifications, estimates)
    per_null = (log_ratio.shape[1] - 1) // len(nulls)
    columns = {null: np.r_[0, 1 + place * per_null : 1 + (place + 1) * per_null] for place, null in enumerate(nulls)}
    tests = [_tests(table, null, log_ratio[:, taken], z[:, taken]) for null, taken in columns.items()]
    failures = pd.DataFrame([{"null": null, **_failures(estimates, taken[1:])} for null, taken in columns.items()])
    band = _band(log_ratio[:, columns[nulls[0]]])
    return SpecificationCurve(table, pd.concat(tests, ignore_index=True), band, failures, reasons, described)


def _answers(estimates: Part) -> tuple[Floats, Floats]:
    """Return log odds ratios per standard deviation and z, (K, S + 1); a specification that fails as observed is in no shuffle."""
    good = np.asarray(estimates["is_converged"][:, :1])
    with np.errstate(invalid="ignore"):
        log_ratio = np.where(good, estimates["slope"] * estimates["spread"], np.nan)
        return log_ratio, np.where(good, estimates["slope"] / estimates["error"], np.nan)


def specification_table(options: Choices, specifications: Sequence[Specification], estimates: Part) -> pd.DataFrame:
    """Return one row a specification, as `SpecificationCurve.table` describes it."""
    table = pd.DataFrame([[getattr(one, group) for group in GROUPS] for one in specifications], columns=list(GROUPS))
    first = {name: values[:, 0] if values.ndim > 1 else values for name, values in estimates.items()}
    unit = [str(options.setting("form", one.form, "unit")) for one in specifications]
    width = norm.ppf(0.5 + _LEVEL / 2) * first["error"]
    result = table.assign(n=first["n"], councils=first["councils"], unit=unit, spread=first["spread"])
    hundred = np.where([text.startswith("£") for text in unit], READABLE_STEP_GBP, np.nan)
    for suffix, step in (("", first["spread"]), ("_100", hundred)):
        sides = {"odds_ratio": 0 * width, "lower": -width, "upper": width}
        result = result.assign(**{name + suffix: np.exp((first["slope"] + side) * step) for name, side in sides.items()})
    return result.assign(
        p_value=2 * norm.sf(np.abs(first["slope"] / first["error"])),
        errors=np.where(first["is_clustered"], "CR1 by council", "information"),
        **{name: first[name] for name in ("is_separated", "has_empty_grade", "is_collinear", "is_converged")},
    )


def _tests(table: pd.DataFrame, null: str, log_ratio: Floats, z: Floats) -> pd.DataFrame:
    """Return the joint tests of the whole, of each option of each group, and of each kind of spend in each place."""
    rows = []
    parts = [(EVERY, EVERY, np.ones(len(table), dtype=bool))]
    for group in (*GROUPS, PAIR):
        keys = table[group.split(" and ")].agg(" and ".join, axis=1)
        parts += [(group, name, (keys == name).to_numpy()) for name in keys.unique()]
    critical = float(norm.ppf(0.5 + _LEVEL / 2))
    for group, option, chosen in parts:
        statistics = curve_shuffles.joint_statistics(log_ratio[chosen], z[chosen], critical)
        for name in STATISTICS:
            rows.append({"null": null, "group": group, "option": option, "statistic": name} | _test(statistics[name]))
            rows[-1]["specifications"] = int(statistics["converged"][0])
    return pd.DataFrame(rows)


def _test(values: Floats) -> dict[str, float]:
    greater, two_sided = curve_shuffles.p_values(values)
    shuffled = values[1:][~np.isnan(values[1:])]
    lower, upper = np.quantile(shuffled, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]) if len(shuffled) else (np.nan, np.nan)
    expected = shuffled.mean() if len(shuffled) else np.nan
    return {"observed": values[0], "expected": expected, "lower": lower, "upper": upper, "p_greater": greater, "p_two_sided": two_sided}


def _failures(estimates: Part, taken: np.ndarray) -> dict[str, int]:
    """Return how many fits of shuffles there were, and how many failed, of specifications that did not fail as observed."""
    observed = np.asarray(estimates["is_converged"][:, 0], dtype=bool)
    part = {name: estimates[name][observed][:, taken] for name in ("is_separated", "has_empty_grade", "is_collinear", "is_converged")}
    failed = ~part["is_converged"]
    return {
        "fits": int(failed.size),
        "failed": int(failed.sum()),
        "separated": int((failed & part["is_separated"]).sum()),
        "with_empty_grade": int((failed & part["has_empty_grade"]).sum()),
        "collinear": int((failed & part["is_collinear"]).sum()),
    }


def _band(log_ratio: Floats) -> pd.DataFrame:
    """Return at each place of the sorted curve the median and the 95% range over the shuffles, as odds ratios."""
    kept = log_ratio[~np.isnan(log_ratio[:, 0]), 1:]
    # A shuffle in which a fit failed has fewer estimates; its curve is stretched over the same places.
    places = (np.arange(len(kept)) + 0.5) / max(len(kept), 1)
    curves = [np.quantile(curve[~np.isnan(curve)], places) for curve in kept.T if (~np.isnan(curve)).any()]
    if not curves:
        return pd.DataFrame(columns=["rank", "lower", "median", "upper"], dtype=float)
    lower, median, upper = np.exp(np.quantile(np.array(curves), [(1 - _LEVEL) / 2, 0.5, (1 + _LEVEL) / 2], axis=0))
    return pd.DataFrame({"rank": np.arange(1, len(kept) + 1), "lower": lower, "median": median, "upper": upper})
