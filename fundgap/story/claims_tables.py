"""The claims ledger and the early warning as tables for readers."""

from dataclasses import dataclass

import pandas as pd

from fundgap.models.downgrades import Downgrades
from fundgap.models.early_known import rules
from fundgap.models.early_warning import FORWARD, EarlyWarning
from fundgap.models.ratings_model import RatingsModel
from fundgap.story.claims import Claim
from fundgap.story.tables import ReaderTable, unbroken

MEASURE_NAMES = {
    "agency_workers_pct": "agency share, one point more",
    "turnover_pct": "turnover, one point more",
    "caseload": "caseload, one case more",
    "vacancies_pct": "vacancies, one point more",
    "imd_score": "deprivation score, one more",
}
_FIRST_ROWS = 12


@dataclass(frozen=True, repr=False)
class LinkedTable(ReaderTable):
    """A table whose ids lead to the place on the page where each is shown."""

    def _repr_html_(self) -> str:
        """Return the table with ids, which are plain words, as links."""
        shown = super()._repr_html_()
        for name in self.frame["id"]:
            shown = shown.replace(f"<td>{name}</td>", f'<td><a href="#{name}">{name}</a></td>')
        return shown


def verdicts(ledger: pd.DataFrame) -> LinkedTable:
    """Return the ledger in short: id, claim, who said it when, verdict, how uncertain."""
    shown = ledger.assign(said=ledger["said_by"] + ", " + ledger["said_on"])
    columns = {"id": "id", "claim": "claim", "said": "said by", "verdict": "verdict", "interval": "uncertainty"}
    return LinkedTable(ReaderTable.of(shown[list(columns)].rename(columns=columns)).frame).titled(
        "The claims, who made them, and the verdict on each"
    )


def counts(ledger: pd.DataFrame) -> ReaderTable:
    """Return how many claims have each verdict."""
    table = ledger["verdict"].value_counts()
    return ReaderTable.of(table.rename_axis("verdict").reset_index(name="claims")).titled("Verdicts on the claims")


def trail(claim: Claim) -> ReaderTable:
    """Return the first rows of the official releases behind a claim's figures."""
    shown = claim.rows.head(_FIRST_ROWS)
    return ReaderTable.of(shown[["table", "source", "council_name", "of", "figure", "value"]]).titled(
        f"First rows of the releases behind the claim '{claim.saying.id}'"
    )


def releases(claim: Claim) -> ReaderTable:
    """Return the releases that those rows are from."""
    return ReaderTable.of(claim.releases[["id", "title", "publisher", "published"]]).titled(
        f"Releases that the rows behind the claim '{claim.saying.id}' are from"
    )


def scores(warning: EarlyWarning, validation: str = FORWARD) -> ReaderTable:
    """Return every model's scores under one validation, beside the two baselines."""
    part = warning.scores[warning.scores["validation"] == validation]

    def gain(name: str) -> list[str]:
        columns = part[[name, f"{name}_lower", f"{name}_upper"]].to_numpy(float).tolist()
        return [
            "" if value == low == high == 0 else unbroken(f"{value:+z.3f} ({low:+z.3f} to {high:+z.3f})") for value, low, high in columns
        ]

    shown = {
        "told from": part["model"],
        "judgements": part["judgements"],
        "ranked probability score": part["rps"].map("{:.3f}".format),
        "better than the base rate by (95%)": gain("rps_over_base_rate"),
        "better than the same as last time by (95%)": gain("rps_over_same_again"),
        "AUC, good or better": part["auc"].map("{:.2f}".format),
        "more than the same as last time by (95%)": gain("auc_over_same_again"),
    }
    return ReaderTable.of(pd.DataFrame(shown)).titled(f"How well the next grade was told, {validation}")


def left_out(table: pd.DataFrame) -> ReaderTable:
    """Return rows left out, counted by the reason, with their councils."""
    rows = [
        {"reason": reason, "rows": len(part), "councils": ", ".join(dict.fromkeys(part["council_name"]))}
        for reason, part in table.groupby("reason", sort=False)
    ]
    return ReaderTable.of(pd.DataFrame(rows)).titled("Judgements and councils of which nothing is told, by what they lack")


def hazards(found: Downgrades) -> ReaderTable:
    """Return hazard ratios by version: measures down, versions across."""
    triples = found.table[["hazard_ratio", "lower", "upper"]].to_numpy(float).tolist()
    text = [unbroken(f"{ratio:.3f} ({low:.2f} to {high:.2f})") for ratio, low, high in triples]
    names = found.table["version"] + [f" ({row.events} falls)" for row in found.table.itertuples()]
    wide = found.table.assign(text=text, version=names, measure=found.table["measure"].map(MEASURE_NAMES))
    wide = wide.pivot(index="measure", columns="version", values="text").loc[list(MEASURE_NAMES.values()), list(dict.fromkeys(names))]
    return ReaderTable.of(wide.rename_axis(columns=None, index="hazard ratio of a worse grade (95%)").reset_index()).titled(
        "Hazard ratios of a worse overall grade, as published and ours"
    )


def moves(models: dict[str, RatingsModel]) -> ReaderTable:
    """Return odds ratios of a better grade for the workforce measures, models across."""
    columns = {}
    for name, model in models.items():
        table = model.odds_ratios()
        rows = {label: table.loc[measure] for measure, label in MEASURE_NAMES.items() if measure in table.index}
        told = {label: f"{row['odds_ratio']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})" for label, row in rows.items()}
        columns[f"{name} ({model.n:,} grades)"] = told
    frame = pd.DataFrame(columns).rename_axis("odds ratio of a better grade (95%)").reset_index()
    return ReaderTable.of(frame).titled("Odds ratios of a better grade by measure of the workforce")


def next_grades(warning: EarlyWarning) -> ReaderTable:
    """Return what is told of every council's next inspection, by name."""
    table = warning.next_inspection.sort_values("council_name")
    chances = [name for name in table.columns if name.startswith("P(")]
    shown = table[["council_name", "last_grade", *chances]].assign(**{name: table[name].map("{:.0%}".format) for name in chances})
    return ReaderTable.of(shown.rename(columns=lambda name: name.replace("_", " "))).titled("Chances told of every council's next grade")


def publication_rules() -> ReaderTable:
    """Return from when each kind of figure may be used."""
    table = rules()
    table["figures"] = table["figures"].str.replace("_pct", "").str.replace("_", " ")
    return ReaderTable.of(table.rename(columns={"known_from": "known from"})).titled("From when each kind of figure counts as known")
