"""What would good cost? The preventative spend at which a council's predicted chance of good or better reaches one half.

An association turned into money, no more: councils that spend more on prevention may differ in other ways, and nobody has
shown that the grade would follow the pound. It says how far councils are from the spend that went with even odds.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fundgap.data.councils import TINY_COUNCILS
from fundgap.data.prices import BASE_YEAR, in_real_terms
from fundgap.data.store import Store
from fundgap.errors import BadScenario, NoData
from fundgap.gap.cost_result import CostOfGood, Sums, interval
from fundgap.models.ratings import fit_ratings
from fundgap.models.ratings_model import GOOD, RatingsModel
from fundgap.models.standardise import Floats

SPEND, DEPRIVATION = "preventative_per_child_real", "deprivation_decile"
_FORMULA = f"rating ~ {DEPRIVATION} + {SPEND}"
_KEYS = ["council", "council_name", "region", "financial_year"]


def cost_of_good(
    years: pd.DataFrame,
    inspections: pd.DataFrame,
    frameworks: Sequence[str] = ("SIF",),
    *,
    without: Sequence[str] = (),
    replicates: int = 1000,
    seed: int = 1,
    level: float = 0.95,
    store: Store | None = None,
) -> CostOfGood:
    """Return the preventative spend that goes with even odds of good or better, and what councils below it are short of.

    The ordered logit rating ~ deprivation decile + preventative spend a child (real) of first inspections says at which spend
    P(good or better) is one half: (threshold of Good - slope of deprivation x decile) / slope of spend. It is asked of every
    council at its latest figures. A council whose predicted chance is one half or more already needs nothing more.

    Parameters
    ----------
    years, inspections
        As `fundgap.council_years()` and `fundgap.inspections()` give them, in cash.
    frameworks
        Inspections that the model is fitted to: SIF has one a council, under ILACS councils have several, and are clustered.
    without
        Regions left out of the model and of the sum, such as ["London"].
    replicates, seed
        Bayesian bootstrap by council (Rubin, 1981), in which no grade goes missing. As in
        `fundgap.models.prediction.basic_interval`, refits are reflected about the estimate (Davison and Hinkley, 1997, section
        5.2), here parameter by parameter: for one council this is the set of spends at which the basic interval of the logit of
        P(good or better) holds nought, as Fieller's interval (1954) of a ratio is. A refit whose slope is not positive gives a
        council below one half no finite answer; it is counted, ranks above every sum in the interval, and is in no mean.

    Raises
    ------
    NoData
        When a region does not exist, or no council has the figures.
    CannotFit
        When these judgements do not carry the model.

    Examples
    --------
    In the most deprived tenth, by R's estimates of the same model: (1.11868 + 10 x 0.20069) / 0.0042910 = £728 a child.

    >>> import fundgap as fg
    >>> good = fg.cost_of_good(fg.council_years(), fg.inspections(), replicates=100)
    >>> round(float(good.councils.query("deprivation_decile == 10")["target_per_child"].iloc[0]))
    728
    """
    regions = set(years["region"])
    if not set(without) <= regions:
        raise NoData(f"No region {', '.join(sorted(set(without) - regions))}; there are {', '.join(sorted(regions))}.")
    if not 0 < level < 1:
        raise BadScenario(f"level {level}: an interval holds a share between 0 and 1.")
    judged = in_real_terms(inspections[~inspections["region"].isin(without)], store=store)
    model = fit_ratings(_FORMULA, judged, frameworks=list(frameworks), cluster="council" if _is_repeated(judged, frameworks) else None)
    latest, left_out = _latest(in_real_terms(years, store=store), without)
    refits = model.bootstrap(replicates, seed, fractional=True)
    cut = model.grades.index(GOOD) - 1
    own = np.array([[model.thresholds[cut], *model.slopes]])
    drawn = 2 * own - np.column_stack([refits.thresholds[:, cut], refits.slopes])
    spend, decile = (latest[name].to_numpy(dtype=float) for name in (SPEND, DEPRIVATION))
    children = latest["children"].to_numpy(dtype=float)
    extra, extra_drawn = (children * shortfall(each, decile, spend) for each in (own, drawn))
    councils = _council_table(latest, model, own, drawn, extra[0], extra_drawn, level)
    return CostOfGood(
        councils,
        Sums.of(extra[0], extra_drawn, councils, level),
        left_out,
        tuple(frameworks),
        tuple(without),
        BASE_YEAR,
        model.n,
        refits.used,
        refits.asked,
        int((drawn[:, 2] <= 0).sum()),
    )


def target_spend(parameters: Floats, decile: Floats) -> Floats:
    """Return the spend a child at which P(good or better) is one half, (B, C); inf where the slope of spend is not positive.

    Parameters
    ----------
    parameters : (B, 3)
        Threshold between good and what is below, slope of deprivation, slope of spend (per pound a child).
    decile : (C,)
        Deprivation decile, 1 = least, 10 = most deprived.
    """
    threshold, deprivation, slope = parameters.T
    with np.errstate(divide="ignore", invalid="ignore"):
        target = (threshold[:, None] - deprivation[:, None] * decile) / slope[:, None]
    result: Floats = np.where(slope[:, None] > 0, target, np.inf)
    return result


def shortfall(parameters: Floats, decile: Floats, spend: Floats) -> Floats:
    """Return what is missing to the target spend in pounds a child, (B, C): 0 where P(good or better) is one half already.

    Where it is not and the slope is not positive, no spend leads there: inf.
    """
    threshold, deprivation, slope = parameters.T
    logit = deprivation[:, None] * decile + slope[:, None] * spend - threshold[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        missing = np.where(slope[:, None] > 0, -logit / slope[:, None], np.inf)
    result: Floats = np.where(logit >= 0, 0.0, missing)
    return result


def _is_repeated(judged: pd.DataFrame, frameworks: Sequence[str]) -> bool:
    rows = judged[judged["framework"].isin(frameworks) & ~judged["is_reinspection"]]
    return bool(rows["council"].duplicated().any())


def _latest(years: pd.DataFrame, without: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the latest year's councils with every figure, and those left out with the reason."""
    rows = years[(years["financial_year"] == years["financial_year"].max()) & ~years["region"].isin(without)]
    reason = pd.Series("", index=rows.index)
    for name in (SPEND, DEPRIVATION, "children"):
        reason = reason.mask((reason == "") & rows[name].isna(), f"no {name} in {rows['financial_year'].iloc[0]}")
    reason = reason.mask(rows["council"].isin(TINY_COUNCILS), "tiny council")
    if (reason != "").all():
        raise NoData(f"No council has {SPEND}, {DEPRIVATION} and children in the latest year.")
    left_out = rows.loc[reason != "", _KEYS[:3]].assign(reason=reason)
    return rows[reason == ""].reset_index(drop=True), left_out.reset_index(drop=True)


def _council_table(
    latest: pd.DataFrame, model: RatingsModel, own: Floats, drawn: Floats, extra: Floats, extra_drawn: Floats, level: float
) -> pd.DataFrame:
    decile, spend = (latest[name].to_numpy(dtype=float) for name in (DEPRIVATION, SPEND))
    table = latest[[*_KEYS, "children", DEPRIVATION, "deprivation_vintage"]].assign(spend_per_child=spend)
    table["probability"] = _probability(model, latest)
    lower, upper = interval(target_spend(drawn, decile), level)
    table = table.assign(target_per_child=target_spend(own, decile)[0], target_lower=lower, target_upper=upper)
    lower, upper = interval(extra_drawn, level)
    table = table.assign(extra_gbp=extra, extra_lower_gbp=lower, extra_upper_gbp=upper)
    table["no_answer_share"] = np.isinf(extra_drawn).mean(axis=0)
    return table.assign(is_beyond_spends_seen=table["target_per_child"].to_numpy() > _highest_seen(model.data, decile))


def _highest_seen(judged: pd.DataFrame, decile: Floats) -> Floats:
    """Return the highest spend of a judged council within a decile of deprivation, (C,): beyond it the line stands on nothing."""
    spend, own = judged[SPEND].to_numpy(dtype=float), judged[DEPRIVATION].to_numpy(dtype=float)
    near = np.abs(decile[:, None] - own) <= 1
    result: Floats = np.where(near, spend, -np.inf).max(axis=1)
    return result


def _probability(model: RatingsModel, latest: pd.DataFrame) -> Floats:
    return model.predict(latest)["Good or better"].to_numpy(dtype=float)
