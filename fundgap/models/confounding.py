"""The heart of the matter: what goes with a grade by itself, and what goes with it among equally deprived councils."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from fundgap.data.councils import TINY_COUNCILS
from fundgap.errors import BadArgument, NoData
from fundgap.models.odds_ratios import READABLE_STEP_GBP
from fundgap.models.proportions import exact_interval
from fundgap.models.ratings import fit_ratings
from fundgap.models.ratings_model import GOOD

SPEND = ("gross_spend_per_child_real", "preventative_per_child_real", "safeguarding_per_child_real", "looked_after_per_child_real")
DEPRIVATION = "deprivation_decile"


def raw_and_adjusted(
    inspections: pd.DataFrame, frameworks: Iterable[str] = ("SIF",), spend: Iterable[str] = SPEND, cluster: str | None = None
) -> pd.DataFrame:
    """Fit each spend measure alone, and again beside deprivation.

    Parameters
    ----------
    inspections
        As `fundgap.in_real_terms(fundgap.inspections())` gives it.
    spend
        Columns of £ a child; odds ratios are for £100.
    cluster
        Column whose values share errors, as in `fit_ratings`: "council" where a council was judged more than once.

    Returns
    -------
    pandas.DataFrame
        One row a measure and model ("raw", "adjusted for deprivation"): measure, model, n, odds_ratio, lower, upper,
        p_value (95% Wald intervals), and the odds ratio of one decile of deprivation beside it with its interval
        (deprivation_odds_ratio, deprivation_lower, deprivation_upper); measure "deprivation_decile" alone closes the table.

    Examples
    --------
    >>> import fundgap as fg
    >>> table = fg.raw_and_adjusted(fg.in_real_terms(fg.inspections()))
    >>> table.query("measure == 'preventative_per_child_real' and model == 'adjusted for deprivation'")["odds_ratio"].round(2).tolist()
    [1.54]
    """
    chosen = tuple(frameworks)
    rows = []
    for measure in spend:
        for model, rhs in (("raw", measure), ("adjusted for deprivation", f"{measure} + {DEPRIVATION}")):
            rows.append({"measure": measure, "model": model} | _row(inspections, rhs, measure, chosen, cluster))
    rows.append({"measure": DEPRIVATION, "model": "raw"} | _row(inspections, DEPRIVATION, DEPRIVATION, chosen, cluster))
    return pd.DataFrame(rows)


def _row(inspections: pd.DataFrame, rhs: str, measure: str, frameworks: tuple[str, ...], cluster: str | None) -> dict[str, float]:
    model = fit_ratings(f"rating ~ {rhs}", inspections, frameworks=frameworks, cluster=cluster)
    ratios = model.odds_ratios({measure: READABLE_STEP_GBP} if "per_child" in measure else None).to_dict("index")
    row = {"n": model.n} | {name: ratios[measure][name] for name in ("odds_ratio", "lower", "upper", "p_value")}
    if DEPRIVATION in model.terms and measure != DEPRIVATION:
        row |= {f"deprivation_{name}": ratios[DEPRIVATION][name] for name in ("odds_ratio", "lower", "upper")}
    return row


def good_by_deprivation(
    inspections: pd.DataFrame, framework: str = "SIF", share: float = 0.4, level: float = 0.95, *, include_tiny: bool = False
) -> pd.DataFrame:
    """Count the councils good or better at their first inspection, among the least and the most deprived.

    Parameters
    ----------
    share
        Part of the councils in each group, rounded down: 0.4 sets the least against the most deprived 40%.
    level
        Of the exact (Clopper-Pearson) binomial interval.
    include_tiny
        Count City of London and Isles of Scilly too, as the published 47% does.

    Returns
    -------
    pandas.DataFrame
        group, councils, good_or_better, share, lower, upper.

    Raises
    ------
    BadArgument
        For a share that leaves no council in a group, or puts one into both.
    NoData
        When the judgements span several vintages of the Indices of Deprivation, or there is none.

    Examples
    --------
    The published 47% and 23% (Bywaters and Webb, 2018) count the two tiny councils; without them it is 27 and 14 of 60:

    >>> import fundgap as fg
    >>> fg.good_by_deprivation(fg.inspections(), include_tiny=True)["share"].round(2).tolist()
    [0.47, 0.23]
    >>> fg.good_by_deprivation(fg.inspections())[["councils", "good_or_better"]].to_numpy().tolist()
    [[60, 27], [60, 14]]
    """
    chosen = inspections[(inspections["framework"] == framework) & ~inspections["is_reinspection"]]
    chosen = chosen[include_tiny | ~chosen["council"].isin(TINY_COUNCILS)].dropna(subset=["imd_score", "rating"])
    if chosen.empty:
        raise NoData(f"No first judgement under '{framework}'; the table has {sorted(set(inspections['framework']))}.")
    if chosen["deprivation_vintage"].nunique() != 1:
        raise NoData(f"{framework} judgements span several vintages of the Indices of Deprivation; their levels cannot be ranked together.")
    ranked = chosen.sort_values(["imd_score", "council"])
    size = int(len(ranked) * share)
    if not 1 <= size <= len(ranked) / 2:
        raise BadArgument(f"good_by_deprivation: share is {share}; expected a part of {len(ranked)} councils, above 0 and up to a half.")
    rows = []
    for group, part in ((f"least deprived {share:.0%}", ranked.iloc[:size]), (f"most deprived {share:.0%}", ranked.iloc[-size:])):
        good = int((part["rating"] >= GOOD).sum())
        lower, upper = exact_interval(good, size, level)
        rows.append({"group": group, "councils": size, "good_or_better": good, "share": good / size, "lower": lower, "upper": upper})
    return pd.DataFrame(rows)


def probability_grid(
    inspections: pd.DataFrame, measure: str = "preventative_per_child_real", quantiles: Iterable[float] = (0.1, 0.5, 0.9)
) -> pd.DataFrame:
    """Predict P(good or better) at the first SIF by deprivation decile, at low, middling and high spend.

    Returns
    -------
    pandas.DataFrame
        deprivation_decile, quantile, spend (£ a child), probability, lower, upper (95%, delta method), and
        `councils_near`: judgements within a decile and a quarter of the spend, which the prediction stands on.

    Examples
    --------
    >>> import fundgap as fg
    >>> grid = fg.probability_grid(fg.in_real_terms(fg.inspections()), quantiles=(0.25, 0.75))
    >>> middle = grid[grid["deprivation_decile"] == 5]
    >>> [f"£{row.spend:.0f} a child: {row.probability:.0%}" for row in middle.itertuples()]
    ['£298 a child: 30%', '£440 a child: 44%']
    """
    model = fit_ratings(f"rating ~ {measure} + {DEPRIVATION}", inspections, frameworks=["SIF"])
    used = inspections.loc[model.design.rows]
    rows = [
        {DEPRIVATION: decile, "quantile": quantile, measure: float(used[measure].quantile(quantile))}
        for quantile in quantiles
        for decile in range(1, 11)
    ]
    grid = pd.DataFrame(rows)
    predicted = model.predict(grid)
    near = [_near(used, measure, row[measure], row[DEPRIVATION]) for row in rows]
    columns = {"probability": "Good or better", "lower": "Good or better lower", "upper": "Good or better upper"}
    grid = grid.rename(columns={measure: "spend"}).assign(**{name: predicted[column] for name, column in columns.items()})
    return grid.assign(councils_near=near)


def _near(used: pd.DataFrame, measure: str, spend: float, decile: float) -> int:
    is_near = (np.abs(used[DEPRIVATION] - decile) <= 1) & (np.abs(used[measure] / spend - 1) <= 0.25)
    return int(is_near.sum())
