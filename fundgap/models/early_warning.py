"""How well can a council's next grade be told from what is known before the inspection? Out of sample, beside knowing only the last."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fundgap.data.councils import councils
from fundgap.data.deprivation import deciles
from fundgap.data.panel import council_years, inspections
from fundgap.data.sources import sources
from fundgap.data.store import Store
from fundgap.data.tables import RATINGS
from fundgap.data.vintages import raw_table
from fundgap.errors import NoData
from fundgap.models.early_models import MODELS, SAME_AGAIN, EarlyModel, predict
from fundgap.models.early_rows import EarlyRows, complete, early_rows, rows_of_day
from fundgap.models.early_validate import Predictions, by_council, calibration_table, forward, score_table
from fundgap.models.standardise import Floats
from fundgap.shown import Shown

# The rows are scored again in two halves: what somebody would have chosen before this day, and how it all went after it.
HALFWAY = pd.Timestamp(2023, 1, 1)
BEFORE, AFTER = f"councils left out, before {HALFWAY:%Y}", f"forward in time, since {HALFWAY:%Y}"
FORWARD = "forward in time"


@dataclass(frozen=True, repr=False)
class EarlyWarning(Shown):
    """How well the next grade can be told, and what would be told of every council.

    Parameters
    ----------
    scores
        One row a validation and model; columns as `early_validate.score_table` says.
    calibration
        Of the chosen model; columns as `early_validate.calibration_table` says.
    next_inspection
        One row a council of today: council, council_name, last_grade, P(Inadequate) … P(Outstanding), P(Good or better), the last also from
        the last grade alone, known_until (only what was published before this day is used), warning.
    chosen
        Name of the model with the lowest ranked probability score on councils left out. Chosen among several, that score flatters it;
        the scores forward in time had no say in the choice, but are of the same judgements.
    chosen_earlier
        Name of the model that the same rule would have chosen on judgements published before HALFWAY.
    verdict
        Whether it is good enough for use, by the rule in `is_good_enough`.
    is_good_enough
        True when forward in time the chosen model's ranked probability score beats both baselines with 95% intervals that leave out
        nought, and every fifth's mean chance lies within the interval of what happened.
    rows
        The judgements used, with all that was known before each.
    left_out
        council, council_name, day, reason: judgements not used, and councils of today of which nothing is told.
    failed
        validation, model, when, reason: fits that could not be made.
    """

    scores: pd.DataFrame
    calibration: pd.DataFrame
    next_inspection: pd.DataFrame
    chosen: str
    chosen_earlier: str
    verdict: str
    is_good_enough: bool
    rows: pd.DataFrame
    left_out: pd.DataFrame
    failed: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the scores."""
        return self.scores

    def score(self, model: str | None = None, validation: str = FORWARD) -> "pd.Series":
        """Return the scores of one model (the chosen one where left out) under one validation.

        Raises
        ------
        NoData
            When there is no such model or validation.
        """
        name = model or self.chosen
        found = self.scores[(self.scores["model"] == name) & (self.scores["validation"] == validation)]
        if found.empty:
            raise NoData(f"No scores of '{name}' {validation}; there are {sorted(set(self.scores['validation']))}.")
        return found.iloc[0]

    def __str__(self) -> str:
        row = self.score()
        return "\n".join(
            [
                f"Early warning: {len(self.rows)} ILACS judgements of {self.rows['council'].nunique()} councils; {self.chosen}",
                f"  forward in time ({row['judgements']:.0f} judgements): ranked probability score {row['rps']:.3f}, AUC {row['auc']:.2f}",
                f"  better than the base rate by {_gain(row, 'rps_over_base_rate')}, "
                f"than the same as last time by {_gain(row, 'rps_over_same_again')}",
                f"  {self.verdict}",
            ]
        )

    __repr__ = __str__


def _gain(row: "pd.Series", name: str) -> str:
    return f"{row[name]:.3f} ({row[f'{name}_lower']:.3f} to {row[f'{name}_upper']:.3f})"


def early_warning(store: Store | None = None, as_at: str | None = None) -> EarlyWarning:
    """Tell every ILACS grade from what was known before its inspection, score it out of sample, and tell the next one of every council.

    An ordered logit of the grade, from the last grade alone to everything held (`early_models.MODELS`), each validated with whole councils
    left out and forward in time, beside the base rate and "same as last time" (the transition matrix of the training judgements).
    Only figures published before the first day of an inspection enter it (`early_known.RELEASES`). Re-referrals are not held.
    Predictions of what inspectors will say, not of how children fare; nothing in them is a cause.

    Parameters
    ----------
    as_at
        The day (ISO) before which everything must have been published for `next_inspection`; where left out, the day on which the latest
        list of judgements was published.

    Raises
    ------
    CannotFit
        When too few judgements are held to predict any.

    Examples
    --------
    It takes some seconds. What is told of a council stands in `next_inspection`, with its warning:

    >>> import fundgap as fg
    >>> warning = fg.early_warning()  # doctest: +SKIP
    >>> warning.is_good_enough  # doctest: +SKIP
    False
    """
    judged, years, deprivation = inspections(store), council_years(store), deciles(raw_table("deprivation", store=store))
    day = pd.Timestamp(as_at or _last_published(judged, store))
    found = early_rows(judged, years, deprivation)
    register = councils(store)
    today = rows_of_day(day, register[register["last_year"].isna()], judged, years, deprivation)
    return assess(found, today)


def _last_published(judged: pd.DataFrame, store: Store | None) -> str:
    register = sources(store).set_index("id")["published"]
    return str(register[judged["source"].unique()].max())


def assess(found: EarlyRows, councils_today: pd.DataFrame) -> EarlyWarning:
    """Validate every model on the rows, choose one, and tell the next grade of the councils of today."""
    rows = found.used
    earlier = rows[rows["publication_date"] < HALFWAY].reset_index(drop=True)
    late = (rows["day"] >= HALFWAY).to_numpy()
    grouped, ahead, before = by_council(rows), forward(rows), by_council(earlier)
    before = replace(before, how=BEFORE)
    after = Predictions(AFTER, ahead.told[:, :, late], ahead.fit_of[:, late], ahead.failed)
    scored = {part.how: score_table(of, part) for of, part in ((rows, grouped), (rows, ahead), (earlier, before), (rows[late], after))}
    chosen = _choose(scored[grouped.how])
    today = complete(councils_today, chosen.columns)
    calibration = pd.concat([calibration_table(rows, part, chosen) for part in (ahead, grouped)], ignore_index=True)
    scores = pd.concat(scored.values(), ignore_index=True)
    is_good_enough, verdict = _verdict(scores, calibration, chosen)
    return EarlyWarning(
        scores=scores,
        calibration=calibration,
        next_inspection=_next(rows, today.used, chosen, verdict),
        chosen=chosen.name,
        chosen_earlier=_choose(scored[BEFORE]).name,
        verdict=verdict,
        is_good_enough=is_good_enough,
        rows=rows,
        left_out=pd.concat([found.left_out, today.left_out], ignore_index=True),
        failed=pd.concat([part.failed.assign(validation=part.how) for part in (grouped, ahead, before)], ignore_index=True),
    )


def _choose(early: pd.DataFrame) -> EarlyModel:
    """Return the model with the lowest ranked probability score; the baselines may win too."""
    return MODELS[int(early["rps"].to_numpy().argmin())]


def _verdict(scores: pd.DataFrame, calibration: pd.DataFrame, chosen: EarlyModel) -> tuple[bool, str]:
    """Say by rule whether the chosen model is good enough for use."""
    row = scores[(scores["model"] == chosen.name) & (scores["validation"] == FORWARD)].iloc[0]
    beats = {
        name: row[f"rps_over_{key}_lower"] > 0 for name, key in (("the base rate", "base_rate"), ("the last grade alone", "same_again"))
    }
    fifths = calibration[calibration["validation"] == FORWARD]
    off = int((~fifths["inside"]).sum())
    won, lost = ([name for name, is_beaten in beats.items() if is_beaten == wanted] for wanted in (True, False))
    good = not lost and not off
    parts = [f"it beats {' and '.join(won)}"] if won else []
    parts += [f"it cannot be shown to beat {' or '.join(lost)}"] if lost else []
    parts += [f"{off} of {len(fifths)} fifths of its chances are off what happened"] if off else []
    opening = "Good enough to say where to look first, never to judge a council" if good else "Not good enough for use"
    return good, f"{opening}: forward in time, on {row['judgements']:.0f} inspections, {', '.join(parts)}."


def _next(rows: pd.DataFrame, today: pd.DataFrame, chosen: EarlyModel, verdict: str) -> pd.DataFrame:
    """Return the chances of every grade at each council's next inspection, learned from all judgements held."""
    told, plain = (_told(model, rows, today) for model in (chosen, SAME_AGAIN))
    table = today[["council", "council_name"]].assign(last_grade=[RATINGS[int(code)] for code in today["last_grade"]])
    for place, grade in enumerate(RATINGS):
        table[f"P({grade})"] = told[:, place]
    table["P(Good or better)"] = told[:, RATINGS.index("Good") :].sum(axis=1)
    table["P(Good or better) from the last grade alone"] = plain[:, RATINGS.index("Good") :].sum(axis=1)
    return table.assign(known_until=today["day"], warning=f"{verdict} Ofsted inspects when it chooses, and may have inspected since.")


def _told(model: EarlyModel, rows: pd.DataFrame, today: pd.DataFrame) -> Floats:
    columns = list(model.columns)
    return predict(
        model, rows["grade"].to_numpy(np.int64), rows[columns].to_numpy(float), rows["last_grade"].to_numpy(np.int64),
        today[columns].to_numpy(float), today["last_grade"].to_numpy(np.int64),
    )  # fmt: skip
