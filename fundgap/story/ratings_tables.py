"""Tables of the ratings notebook, for readers: in words, with intervals, rounded to what the figures carry."""

import pandas as pd

from fundgap.models.validation import CrossValidation
from fundgap.story.figures import MEASURES
from fundgap.story.tables import ReaderTable, unbroken, with_interval

_COLUMNS = MEASURES | {"deprivation_decile": "Deprivation"}


def correlations(table: pd.DataFrame) -> ReaderTable:
    """Return `grade_correlations`: alone with its interval, and given deprivation."""
    alone = [f"{row.correlation:+z.2f} ({row.lower:+z.2f} to {row.upper:+z.2f})" for row in table.itertuples()]
    shown = {"measure": table["measure"], "councils": table["n"], "rank correlation with the grade (95% interval)": alone}
    return ReaderTable.of(pd.DataFrame(shown | {"given deprivation": table["given_deprivation"].map("{:+z.2f}".format)})).titled(
        "Rank correlation of spend with the grade, alone and given deprivation"
    )


def differences(table: pd.DataFrame) -> ReaderTable:
    """Return `RatingsModel.marginal`: grades down, columns across, in percentage points with their intervals."""
    points = (100 * table[["difference", "lower", "upper"]]).to_numpy().tolist()
    text = [f"{difference:+z.1f} ({lower:+z.1f} to {upper:+z.1f})" for difference, lower, upper in points]
    names = table["column"].map(_COLUMNS).fillna(table["column"]) + ", " + table["change"]
    grades = list(dict.fromkeys(table["grade"]))
    wide = table.assign(text=text, name=names).pivot(index="grade", columns="name", values="text").loc[grades, list(dict.fromkeys(names))]
    return ReaderTable.of(wide.rename_axis(columns=None, index="percentage points (95% interval)").reset_index()).titled(
        "Difference in the predicted chance of each grade, percentage points (95% interval)"
    )


def refitted(odds: pd.DataFrame) -> ReaderTable:
    """Return `RatingsModel.odds_ratios` of refits, a row a column of the model, with the intervals that the refits give."""
    names = [_COLUMNS.get(str(name), str(name)) for name in odds.index]
    text = [unbroken(with_interval(row)) for row in odds.to_dict("records")]
    frame = pd.DataFrame({"measure": names, "odds ratio (95% interval)": text})
    return ReaderTable.of(frame).titled("Odds ratios of a better grade with intervals from councils drawn anew")


def left_out(table: pd.DataFrame) -> ReaderTable:
    """Return `left_out` of a model of ratings, by name: council and reason, columns in words."""
    words = {f"no {name}": f"no {name.removesuffix('_per_child_real').replace('_', ' ')} spend a child" for name in MEASURES}
    shown = table[["council_name", "reason"]].sort_values("council_name").replace({"reason": words})
    return ReaderTable.of(shown.rename(columns={"council_name": "council"})).titled("Judgements that are not in the model, and why")


def frameworks(by_framework: dict[str, pd.DataFrame]) -> ReaderTable:
    """Return several `raw_and_adjusted`, one a framework, side by side: adjusted odds ratios by measure."""
    columns: dict[str, pd.Series] = {}
    for name, table in by_framework.items():
        adjusted = table[table["model"] != "raw"].set_index("measure")
        columns[f"{name} ({adjusted['n'].max():.0f} judgements)"] = adjusted.apply(lambda row: with_interval(row.to_dict()), axis=1)
    wide = pd.DataFrame(columns).reindex(list(MEASURES)).rename(index=MEASURES)
    return ReaderTable.of(wide.rename_axis(index="odds ratio per £100 a child, adjusted for deprivation").reset_index()).titled(
        f"Odds ratios of a better grade adjusted for deprivation: {' and '.join(by_framework)}"
    )


def out_of_sample(scores: dict[str, CrossValidation]) -> ReaderTable:
    """Return the scores of several models on councils left out of their fits, beside grade shares alone."""
    rows = []
    for name, validated in scores.items():
        summary = validated.summary()
        rows.append({"model": name} | {score: f"{row['mean']:.3f}" for score, row in summary.to_dict("index").items()})
    shares = next(iter(scores.values())).summary()["without"]
    rows.append({"model": "grade shares alone"} | {score: f"{value:.3f}" for score, value in shares.items()})
    return ReaderTable.of(pd.DataFrame(rows)).titled("How well grades are told of councils left out of the fit")
