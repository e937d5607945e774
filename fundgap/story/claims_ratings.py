"""Claims on what goes with a grade: deprivation, spend, and how much of the differences they tell out of sample."""

from itertools import product

import numpy as np
import pandas as pd

from fundgap.data.claims_register import Saying
from fundgap.data.councils import TINY_COUNCILS
from fundgap.models import ordinal, resampling
from fundgap.models.correlations import grade_correlations
from fundgap.models.curve_result import EVERY
from fundgap.models.early_validate import weighted_means
from fundgap.models.prediction import probabilities
from fundgap.models.ratings import fit_ratings
from fundgap.models.scoring import row_scores
from fundgap.story.claims_inputs import Computed, Evidence, Inputs, judged, span

_FRAMEWORKS: dict[str, tuple[str, ...]] = {"SIF": ("SIF",), "ILACS": ("ILACS",), "SLAC, SIF and ILACS": ("SLAC", "SIF", "ILACS")}
_MEASURES = {"tenth by IMD": "deprivation_decile", "IMD score": "imd_z", "IDACI score": "idaci_z"}
_KINDS = ("ordered", "binary")
_FOLDS, _REPEATS, _REPLICATES = 5, 10, 1000


def rating_deprivation(inputs: Inputs, saying: Saying) -> Computed:
    """Return odds of a better grade by deprivation, asked in eighteen ways: frameworks, measures, whole grade or good and better."""
    table = _standardised(inputs.judgements)
    rows = []
    for (frameworks, measure), kind in product(product(_FRAMEWORKS, _MEASURES), _KINDS):
        chosen = _FRAMEWORKS[frameworks]
        terms = _MEASURES[measure] + (" + C(framework)" if len(chosen) > 1 else "")
        model = fit_ratings(f"rating ~ {terms}", table, chosen, kind, None if frameworks == "SIF" else "council")  # type: ignore[arg-type]
        rows.append(
            {"framework": frameworks, "measure": measure} | model.odds_ratios().loc[_MEASURES[measure], ["lower", "upper"]].to_dict()
        )
    ways = pd.DataFrame(rows)
    least, most = inputs.counts.to_dict("records")
    sif = next(row for row in inputs.ratios.to_dict("records") if (row["measure"], row["model"]) == ("deprivation_decile", "raw"))
    figures = {
        "ways": len(ways),
        "share_clear": float((ways["upper"] < 1).mean()),
        "share_opposite": float((ways["lower"] > 1).mean()),
        "least": least["share"],
        "most": most["share"],
        "sif_odds_ratio": sif["odds_ratio"],
    }
    clear = {name: (part["upper"] < 1).mean() for name, part in ways.groupby("framework", sort=False)}
    words = (
        f"At first single-framework inspection (2014 to 2017) {least['share']:.1%} of the least deprived 40% of councils were good or "
        f"better and {most['share']:.1%} of the most deprived 40%; one tenth more deprived goes with an odds ratio of a better grade of "
        f"{sif['odds_ratio']:.2f}. Asked in {len(ways)} ways, deprivation clearly goes with a worse grade in {figures['share_clear']:.0%} "
        "of them: " + ", ".join(f"{name!s} {share:.0%}" for name, share in clear.items()) + "."
    )
    interval = f"odds ratio per tenth {sif['lower']:.2f} to {sif['upper']:.2f} (95%)"
    first = table[table["framework"].isin(["SLAC", "SIF", "ILACS"]) & ~table["is_reinspection"]]
    return Computed(words, figures, interval, "2009 to 2025", (judged(first), _deprivation(first)))


def _standardised(judgements: pd.DataFrame) -> pd.DataFrame:
    """Return the judgements with scores in standard deviations within each edition: levels of two editions never mix."""
    table = judgements[~judgements["council"].isin(TINY_COUNCILS)].copy()
    once = table.drop_duplicates(["council", "deprivation_vintage"]).groupby("deprivation_vintage")
    for name in ("imd", "idaci"):
        score, edition = table[f"{name}_score"], table["deprivation_vintage"]
        table[f"{name}_z"] = (score - edition.map(once[f"{name}_score"].mean())) / edition.map(once[f"{name}_score"].std(ddof=0))
    return table


def _deprivation(table: pd.DataFrame) -> Evidence:
    keys = table[["council", "deprivation_vintage"]].drop_duplicates().rename(columns={"deprivation_vintage": "vintage"})
    return Evidence("deprivation", pd.concat([keys.assign(index_name=name) for name in ("IMD", "IDACI")]))


def rating_spend(inputs: Inputs, saying: Saying) -> Computed:
    """Read off the stored specification curve how often more spend goes with a better grade, and on what it hangs."""
    whole = inputs.curve.summary().iloc[0]
    test = inputs.curve.joint_test().loc[EVERY]
    spend, place = inputs.curve.summary("spend"), inputs.curve.summary("place")
    raw = next(row for row in inputs.ratios.to_dict("records") if (row["measure"], row["model"]) == ("gross_spend_per_child_real", "raw"))
    figures = {
        "share_significant": whole["share_significant_positive"],
        "share_opposite": whole["share_significant_negative"],
        "by_chance": float(str(test["expected"]["share_significant_positive"])),
        "chance_upper": float(str(test["upper"]["share_significant_positive"])),
        "raw_odds_ratio": raw["odds_ratio"],
    }
    shares = "share_significant_positive"
    words = (
        f"Total spend by itself: odds ratio of a better grade {raw['odds_ratio']:.2f} for £100 a child (first single-framework inspection, "
        f"2024-25 prices). Of {whole['specifications'] - whole['failed']:,.0f} defensible ways to ask, {figures['share_significant']:.0%} "
        f"clearly say yes and {figures['share_opposite']:.0%} clearly the opposite; spend dealt out by chance among equally deprived "
        f"councils gives {figures['by_chance']:.0%}. It hangs on the kind of spend (clearly yes: "
        + ", ".join(f"{str(name).lower()} {share:.0%}" for name, share in spend[shares].items())
        + ") and on London ("
        + ", ".join(f"{name} {share:.0%}" for name, share in place[shares].items() if "tiny" not in str(name))
        + ")."
    )
    first = inputs.judgements[inputs.judgements["framework"].isin(["SIF", "ILACS"]) & ~inputs.judgements["is_reinspection"]]
    chance = span(float(str(test["lower"][shares])), figures["chance_upper"])
    interval = f"odds ratio {raw['lower']:.2f} to {raw['upper']:.2f} (95%); by chance {chance}"
    return Computed(words, figures, interval, "2009 to 2025", (judged(first), _figures_beside(first)))


def _figures_beside(table: pd.DataFrame) -> Evidence:
    keys = table[["council", "figures_year"]].rename(columns={"figures_year": "financial_year"}).drop_duplicates()
    names = ("gross_spend", "looked_after", "safeguarding")
    return Evidence("spend", pd.concat([keys.assign(category=name) for name in names]))


def rating_spend_denied(inputs: Inputs, saying: Saying) -> Computed:
    """Return the rank correlation of gross spend a child in need, 2016-17, with the grade in force at the end of November 2017."""
    table = grade_correlations(inputs.inspections, inputs.years)
    row = table[table["measure"] == "gross spend a child in need"].iloc[0]
    figures = {
        "correlation": row["correlation"],
        "lower": row["lower"],
        "upper": row["upper"],
        "given_deprivation": row["given_deprivation"],
    }
    words = (
        f"Among {row['n']:.0f} councils the rank correlation of gross spend for each child in need (2016-17) with the grade in force on 30 "
        f"November 2017 is {row['correlation']:+.2f}, and {row['given_deprivation']:+.2f} given deprivation."
    )
    graded = inputs.inspections[inputs.inspections["framework"].eq("SIF") & (inputs.inspections["publication_date"] <= "2017-11-30")]
    year = inputs.years[inputs.years["financial_year"] == "2016-17"][["council", "financial_year"]]
    evidence = (
        judged(graded),
        Evidence("spend", year.assign(category="gross_spend")),
        Evidence("indicators", year.assign(indicator="children_in_need_per_10k")),
    )
    return Computed(words, figures, f"{row['lower']:+.2f} to {row['upper']:+.2f} (95%)", "2017-11-30", evidence)


def money_not_management(inputs: Inputs, saying: Saying) -> Computed:
    """Return how much of the spread of grades deprivation and spend tell of councils that the model has not seen."""
    table = inputs.judgements[~inputs.judgements["is_reinspection"] & ~inputs.judgements["council"].isin(TINY_COUNCILS)]
    figures: dict[str, float] = {}
    words, intervals, used = [], [], []
    for framework in ("SIF", "ILACS"):
        model = fit_ratings("rating ~ deprivation_decile + preventative_per_child_real + gross_spend_per_child_real", table, [framework])
        share, lower, upper = _told_share(model.y, model.design.x, model.data["council"].to_numpy())
        figures |= {f"{framework}_share": share, f"{framework}_lower": lower, f"{framework}_upper": upper}
        words.append(f"{framework} ({model.n} judgements): {share:.0%}")
        intervals.append(f"{framework} {lower:z.0%} to {upper:z.0%}")
        used.append(table.loc[model.design.rows])
    figures["highest_upper"] = max(figures["SIF_upper"], figures["ILACS_upper"])
    figures["lowest_lower"] = min(figures["SIF_lower"], figures["ILACS_lower"])
    text = (
        "Deprivation, total and preventative spend together take away this share of the error of knowing the grades' shares alone, on "
        f"councils left out of the fit (ranked probability score): {'; '.join(words)}. What is left is not thereby management: these "
        "figures hold no measure of it but the inspectors' own, and spend is not the same as funding."
    )
    rows = pd.concat(used)
    return Computed(
        text, figures, f"{'; '.join(intervals)} (95%)", "2014 to 2025", (judged(rows), _figures_beside(rows), _deprivation(rows))
    )


def _told_share(y: "np.ndarray[tuple[int], np.dtype[np.int64]]", x: np.ndarray, councils: np.ndarray) -> tuple[float, float, float]:
    """Return 1 - score / score of the grade shares, on councils left out, with its interval from drawing councils anew."""
    grades = int(y.max()) + 1
    masks = resampling.folds(councils, _FOLDS, 1, repeats=_REPEATS).reshape(-1, len(y))
    fitted = ordinal.fit(y, x, masks, grades=grades)
    model, plain, times = np.zeros(len(y)), np.zeros(len(y)), np.zeros(len(y))
    for place in np.flatnonzero(fitted.is_converged):
        out = masks[place] == 0
        told = probabilities(x[out], fitted.thresholds[[place]], fitted.slopes[[place]])[0]
        shares = np.bincount(y[~out], minlength=grades) / (~out).sum()
        model[out] += row_scores(told, y[out])
        plain[out] += row_scores(np.tile(shares, (out.sum(), 1)), y[out])
        times[out] += 1
    weights = np.vstack([np.ones(len(y)), resampling.cluster_bootstrap(councils, _REPLICATES, 1)])
    with np.errstate(invalid="raise", divide="raise"):
        share = 1 - weighted_means(model / times, weights) / weighted_means(plain / times, weights)
    lower, upper = np.quantile(share[1:], [0.025, 0.975])
    return float(share[0]), float(lower), float(upper)
