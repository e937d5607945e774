"""Claims on what follows a grade."""

import numpy as np
import pandas as pd

from fundgap.data.claims_register import Saying
from fundgap.data.tables import RATINGS
from fundgap.models.proportions import clustered_interval
from fundgap.models.survival import DAYS_IN_MONTH, DAYS_IN_YEAR
from fundgap.story.claims_inputs import GOOD, Computed, Evidence, Inputs, judged, span

_HALF_YEAR = 6
# As the rule of the claim says it in words.
_HARD_YEARS = 2.0


def six_months(inputs: Inputs, saying: Saying) -> Computed:
    """Return the share of inadequate councils judged better within six months, and the share judged again at all."""
    found = inputs.improvement
    better, again = found.better_within(_HALF_YEAR), found.next_judgement.ended_within(_HALF_YEAR * DAYS_IN_MONTH)
    ended = found.spells.loc[found.spells["is_ended"], "days"]
    steps = inputs.paths.steps
    soon = steps["previous_rating"].eq("Inadequate") & (steps["days_since_previous"] <= _HALF_YEAR * DAYS_IN_MONTH)
    figures = {
        "better": float(better["share"]),
        "better_upper": float(better["upper"]),
        "better_count": float((soon & (steps["rating"] > "Inadequate")).sum()),
        "judged_again": float(again["share"]),
        "earliest_days": float(ended.min()),
    }
    words = (
        f"Of {len(found.spells)} inadequate spells of {found.spells['council'].nunique()} councils (2009 to March 2025), "
        f"{figures['better_count']:.0f} had a better judgement published within six months of an inadequate report; the quickest took "
        f"{figures['earliest_days']:.0f} days. {figures['judged_again']:.1%} of inadequate reports were followed by any other report "
        "within six months, and only there could a turn-round show."
    )
    interval = f"judged better within six months {span(float(better['lower']), figures['better_upper'], '{:.1%}')}"
    return Computed(words, figures, interval, f"{found.as_at:%Y-%m-%d}", (_judged_inadequate(inputs),))


def _judged_inadequate(inputs: Inputs) -> Evidence:
    steps = inputs.paths.steps
    return judged(steps[steps["rating"].eq("Inadequate") | steps["previous_rating"].eq("Inadequate")])


def escape_hard(inputs: Inputs, saying: Saying) -> Computed:
    """Tell whether the next judgement after an inadequate one is better, and how long it takes to get there."""
    steps = inputs.paths.steps
    after = steps[steps["previous_rating"].eq("Inadequate")]
    is_better = np.asarray(after["rating"] > "Inadequate", dtype=np.float64)
    lower, upper = clustered_interval(is_better, pd.factorize(after["council"])[0])
    median, fastest, slowest = (days / DAYS_IN_YEAR for days in inputs.improvement.curve.median)
    figures = {
        "better": float(is_better.mean()),
        "better_lower": lower,
        "better_upper": upper,
        "median_years": float(median),
        "readings_hard": float((is_better.mean() < 0.5) + (median > _HARD_YEARS)),
    }
    chance, time = ("hard" if is_hard else "not hard" for is_hard in (is_better.mean() < 0.5, median > _HARD_YEARS))
    words = (
        f"Of {len(after)} judgements that followed an inadequate one (2009 to 2025) {is_better.sum():.0f} were better "
        f"({is_better.mean():.0%}); half of the inadequate spells lasted more than {median:.1f} years, from the first inadequate report "
        f"to a better one. Read as a chance at the next judgement it is {chance}; read as time (more than {_HARD_YEARS:.0f} years) it is "
        f"{time}: {figures['readings_hard']:.0f} of 2 readings say hard."
    )
    interval = f"{span(lower, upper)}; median {fastest:.1f} to {slowest:.1f} years (95%)"
    return Computed(words, figures, interval, f"{inputs.record_ends:%Y-%m-%d}", (_judged_inadequate(inputs),))


def outstanding_fades(inputs: Inputs, saying: Saying) -> Computed:
    """Tell whether outstanding still held at the next inspection: grades of the older frameworks, and of those since."""
    steps = inputs.paths.steps
    steps = steps.assign(before=steps["previous_stage"].str.split().str[0])
    figures: dict[str, float] = {}
    words, intervals, used = [], [], []
    for name, frameworks, label in (
        ("older", ("SLAC", "CPI", "TLAC"), "given 2009 to 2013"),
        ("later", ("SIF", "ILACS"), "given since 2014"),
    ):
        parts = {grade: steps[steps["before"].isin(frameworks) & steps["previous_rating"].eq(grade)] for grade in ("Outstanding", GOOD)}
        top, good = (parts[grade] for grade in ("Outstanding", GOOD))
        kept = np.asarray(top["rating"] >= "Outstanding", dtype=np.float64)
        held = np.asarray(good["rating"] >= GOOD, dtype=np.float64)
        figures |= {f"{name}_kept": kept.mean() if len(kept) else np.nan, f"{name}_good_held": held.mean() if len(held) else np.nan}
        if len(kept):
            lower, upper = clustered_interval(kept, pd.factorize(top["council"])[0])
            intervals.append(f"{label} {lower:.0%} to {upper:.0%}")
        years = top["days_since_previous"].median() / DAYS_IN_YEAR
        words.append(
            f"Of {len(top)} outstanding grades {label} that have been followed by another judgement, {kept.sum():.0f} were kept, after "
            f"{years:.1f} years in the median (good: {held.sum():.0f} of {len(good)} held or bettered)."
        )
        used.append(top)
    figures["faded"] = float(sum(figures[f"{name}_kept"] < 0.5 for name in ("older", "later")))
    words.append(
        {0: "Neither generation of frameworks bears it out.", 1: "It depends on the framework."}.get(
            int(figures["faded"]), "Both bear it out."
        )
    )
    return Computed(" ".join(words), figures, f"kept: {'; '.join(intervals)} (95%)", "2009 to 2025", (judged(pd.concat(used)),))


def inspection_drives(inputs: Inputs, saying: Saying) -> Computed:
    """Count what follows each grade; every council is inspected, so there is none to compare with."""
    steps = inputs.paths.steps
    followed = steps.dropna(subset=["previous_rating"])
    register = inputs.paths.paths
    figures: dict[str, float] = {"never_inspected": float((register["judgements"] == 0).sum())}
    parts = []
    for grade in RATINGS:
        after = followed[followed["previous_rating"].eq(grade)]
        better = int((after["rating"] > grade).sum())
        worse = int((after["rating"] < grade).sum())
        figures |= {f"{grade}_better": better / len(after), f"{grade}_worse": worse / len(after)}
        parts.append(f"{grade.lower()} ({len(after)}): better {better / len(after):.0%}, worse {worse / len(after):.0%}")
    words = (
        f"At the next judgement (2009 to 2025) after {'; after '.join(parts)}. Grades at an end of the scale tend to be followed by one "
        "nearer the middle whatever is done, and no council goes uninspected, so what inspection itself does cannot be told from these "
        "figures."
    )
    after = followed[followed["previous_rating"].eq("Inadequate")]
    lower, upper = clustered_interval(np.asarray(after["rating"] > "Inadequate", dtype=np.float64), pd.factorize(after["council"])[0])
    return Computed(words, figures, f"better after inadequate {span(lower, upper)}", f"{inputs.record_ends:%Y-%m-%d}", (judged(followed),))
