"""The claims ledger: every claim is there, its figures are the published ones, and another input gives another verdict."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import tomli_w
from typer.testing import CliRunner

import fundgap as fg
from fundgap.cli import app
from fundgap.data.claims_register import sayings
from fundgap.data.store import Store, default_store
from fundgap.errors import BadFigures, NoData
from fundgap.story import claims_spend
from fundgap.story.claims import COLUMNS, COMPUTED_BY, claim, claims
from fundgap.story.claims_inputs import Evidence, Inputs
from fundgap.story.claims_rows import rows_behind
from fundgap.story.claims_rule import DEPENDS, NOT_SUPPORTED, NOT_TESTABLE, SUPPORTED, Condition, Rule
from fundgap.story.claims_rules import read_rules, rules

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "07_claims.ipynb"
# The list of claims that the ledger was asked for.
ASKED = [
    "rating-deprivation",
    "rating-spend",
    "gap-2bn",
    "pledge-20m",
    "three-quarters",
    "one-in-five",
    "nineteen",
    "may-2015-three",
    "six-months",
    "escape-hard",
    "outstanding-fades",
    "inspection-drives",
    "thirty-percent",
    "early-cut",
    "deprived-cut-more",
    "money-not-management",
    "partners-in-practice",
    "rotherham",
    "kirklees-leeds",
    "trust-route",
    "trust-vat",
    "whatworks-20m",
    "training-100m",
    "cuts-13bn",
    "146-boards",
]
VERDICTS = {SUPPORTED, NOT_SUPPORTED, DEPENDS, NOT_TESTABLE}


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    """Return the figures in use, computed from once: nothing in them may be changed in place."""
    return Inputs()


@pytest.fixture(scope="module")
def ledger(inputs: Inputs) -> pd.DataFrame:
    return claims(inputs=inputs)


def test_every_claim_is_in_the_ledger_computed_with_rule_and_verdict(ledger: pd.DataFrame) -> None:
    assert set(ASKED) <= set(ledger["id"])
    assert ledger["id"].is_unique
    assert tuple(ledger.columns) == COLUMNS
    assert ledger.map(lambda text: isinstance(text, str) and text != "").all().all()
    assert set(ledger["verdict"]) <= VERDICTS


def test_where_sources_disagree_both_sides_have_a_row(ledger: pd.DataFrame) -> None:
    register = sayings()
    pairs = {(name, entry.against) for name, entry in register.items() if entry.against}
    assert ("rating-spend", "rating-spend-denied") in pairs
    assert ("six-months", "six-months-denied") in pairs
    assert {(b, a) for a, b in pairs} == pairs
    assert {name for pair in pairs for name in pair} <= set(ledger["id"])


def test_every_row_leads_to_releases_on_the_register(ledger: pd.DataFrame, inputs: Inputs) -> None:
    pages = set(inputs.interventions["source"]) | set(fg.published_overspends()["source"])
    known = set(fg.sources()["id"]) | pages
    for text in ledger["source"]:
        assert set(text.split("; ")) <= known | {part for page in pages for part in page.split("; ")}


def test_every_claim_has_its_cell_in_the_notebook(ledger: pd.DataFrame) -> None:
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    prose = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    for row in ledger.itertuples():
        assert row.notebook == f"07_claims.ipynb#{row.id}"
        assert f'<a id="{row.id}"></a>' in prose
        assert f'fg.claim("{row.id}"' in code


def test_the_counts_are_the_published_ones(inputs: Inputs) -> None:
    # By 20 January 2015: 41 first single-framework judgements, 7 of them inadequate. By the end of 2015: 19 inadequate.
    by_then = inputs.first_sif("2015-01-20")
    assert (len(by_then), (by_then["rating"] == "Inadequate").sum()) == (41, 7)
    assert claim("nineteen", inputs=inputs).computed.figures["inadequate"] == 19
    # By 30 June 2015: 59 judgements, 14 inadequate, 31 requiring improvement.
    june = inputs.first_sif("2015-06-30")
    assert (len(june), (june["rating"] < "Good").sum()) == (59, 45)
    boards = claim("146-boards", inputs=inputs)
    assert boards.computed.figures["grades"] == 152


def test_the_rows_behind_nineteen_are_the_nineteen_judgements_and_that_of_the_day_itself(inputs: Inputs) -> None:
    rows = claim("nineteen", inputs=inputs).rows
    overall = rows[rows["figure"] == "overall"]
    assert overall["value"].tolist() == ["Inadequate"] * 20
    assert (overall["of"].str[-10:] < "2016-01-05").sum() == 19
    assert overall["council"].is_unique
    raw = fg.raw_table("inspections")
    keys = raw[raw["framework"].eq("SIF") & ~raw["is_reinspection"]].set_index("council")
    assert keys.loc[overall["council"], "overall"].eq("Inadequate").all()
    assert keys.loc[overall["council"], "source"].tolist() == overall["source"].tolist()


def test_the_rows_behind_the_real_fall_add_up_to_the_published_total(inputs: Inputs) -> None:
    found = claim("thirty-percent", inputs=inputs)
    rows = found.rows
    spend = rows[(rows["table"] == "spend") & rows["of"].str.startswith("2014-15, gross_spend")]
    assert round(spend["value"].astype(float).sum()) == 8_933_022_154
    assert set(spend["source"]) == {"s251ye2015"}
    assert found.releases.set_index("id").loc["s251ye2015", "file"] == "s251ye2015.xlsx"


def test_a_figure_without_a_row_behind_it_is_refused(inputs: Inputs) -> None:
    with pytest.raises(NoData, match="No row of spend stands behind"):
        rows_behind((Evidence("spend", pd.DataFrame({"council": ["E99"], "financial_year": ["2014-15"]})),), inputs)


def regraded(*changes: tuple[str, str, str]) -> Inputs:
    """Return inputs in which the first SIF judgement (or that published on a day) of a council has another grade."""
    table = fg.inspections().copy()
    for council, day, grade in changes:
        chosen = (
            (table["council_name"] == council) & (table["framework"] == "SIF") & table["publication_date"].astype(str).str.startswith(day)
        )
        assert chosen.sum() == 1
        table.loc[chosen, "rating"] = grade
    return Inputs(inspections=table)


def spent(**factors: float) -> Callable[[str], Inputs]:
    """Return inputs in which columns are multiplied from a year on."""

    def since(year: str) -> Inputs:
        years = fg.council_years().copy()
        for column, factor in factors.items():
            years.loc[years["financial_year"] >= year, column] *= factor
        return Inputs(years=years)

    return since


THREE_FEWER = [("Lambeth", "2015", "Good"), ("Cumbria", "2015", "Good"), ("Slough", "2014", "Good")]


@pytest.mark.parametrize(
    ("name", "make", "expected"),
    [
        ("nineteen", lambda: regraded(("Lambeth", "2015", "Good")), NOT_SUPPORTED),
        ("may-2015-three", lambda: regraded(("Cumbria", "2015", "Good")), NOT_SUPPORTED),
        ("may-2015-three", lambda: regraded(("Trafford", "2015", "Requires improvement")), NOT_SUPPORTED),
        ("one-in-five", lambda: regraded(*THREE_FEWER), NOT_SUPPORTED),
        ("partners-in-practice", lambda: regraded(("Kingston upon Thames", "2015", "Inadequate")), DEPENDS),
        ("rotherham", lambda: regraded(("Rotherham", "2018", "Requires improvement")), NOT_SUPPORTED),
        ("early-cut", lambda: spent(preventative_spend_gbp=2)("2014-15"), NOT_SUPPORTED),
        ("thirty-percent", lambda: spent(gross_spend_gbp=0.7)("2013-14"), SUPPORTED),
        ("gap-2bn", lambda: spent(gross_spend_gbp=0.9)("2019-20"), NOT_SUPPORTED),
    ],
)
def test_another_input_gives_another_verdict(name: str, make: Callable[[], Inputs], expected: str, ledger: pd.DataFrame) -> None:
    assert ledger.set_index("id").loc[name, "verdict"] != expected
    assert claim(name, inputs=make()).verdict == expected


def test_a_council_that_rose_within_six_months_would_be_evidence() -> None:
    table = fg.inspections()
    first = table[(table["council_name"] == "West Berkshire") & (table["framework"] == "SIF") & ~table["is_reinspection"]]
    again = first.assign(publication_date=first["publication_date"] + pd.Timedelta(days=100), is_reinspection=True)
    again["rating"] = pd.Categorical(["Good"], dtype=table["rating"].dtype)
    changed = Inputs(inspections=pd.concat([table, again], ignore_index=True))
    assert claim("six-months-denied", inputs=changed).verdict == NOT_SUPPORTED


def test_cuts_deepest_in_the_most_deprived_fifth_would_be_supported(monkeypatch: pytest.MonkeyPatch, ledger: pd.DataFrame) -> None:
    monkeypatch.setattr(claims_spend, "_CUT_WINDOWS", (("2012-13", "2015-16"),))
    years = fg.council_years().copy()
    hit = (years["financial_year"] == "2015-16") & (years["deprivation_decile"] >= 9)
    for name in ("gross_spend_gbp", "preventative_spend_gbp"):
        years.loc[hit, name] *= 0.5
    assert ledger.set_index("id").loc["deprived-cut-more", "verdict"] == DEPENDS
    assert claim("deprived-cut-more", inputs=Inputs(years=years)).verdict == SUPPORTED


@pytest.mark.parametrize(("times", "expected"), [(2, SUPPORTED), (50, DEPENDS), (600, NOT_SUPPORTED)])
def test_a_larger_fund_would_not_fall_short(store: Store, times: float, expected: str) -> None:
    path = store.raw / "funds.toml"
    register = tomllib.loads(path.read_text("utf-8"))
    register["sector-led-20m"]["amount_gbp"] *= times
    path.write_text(tomli_w.dumps(register), "utf-8")
    assert claim("pledge-20m", store).verdict == expected


def test_a_rule_says_what_it_does() -> None:
    rule = Rule(
        supported=(Condition("share", ">", 0.5, "the share", "{:.0%}"),),
        refuted=(Condition("share", "<=", "bound", "the share", "{:.0%}", "the bound"),),
        untestable=(Condition("held", "=", 0, "the number held"),),
        why="So it is.",
    )
    assert str(rule) == (
        "Not testable with these figures where the number held is 0; supported where the share is above 50%; "
        "not supported where the share is at most the bound; otherwise depends on the specification. So it is."
    )
    assert rule.verdict({"share": 0.6, "bound": 0.2, "held": 0}) == NOT_TESTABLE
    assert rule.verdict({"share": 0.6, "bound": 0.2, "held": 1}) == SUPPORTED
    assert rule.verdict({"share": 0.2, "bound": 0.2, "held": 1}) == NOT_SUPPORTED
    assert rule.verdict({"share": 0.3, "bound": 0.2, "held": 1}) == DEPENDS
    assert rule.verdict({"share": float("nan"), "bound": 0.2, "held": 1}) == DEPENDS
    with pytest.raises(NoData, match="asks for 'held'"):
        rule.verdict({"share": 1, "bound": 0})


def test_a_rule_is_read_as_it_is_written() -> None:
    written = """
    [bread]
    untestable = [{ when = "held = 0", says = "the number held" }]
    supported = [{ when = "share > 50%", says = "the share" }]
    refuted = [{ when = "share <= limit", says = "the share", bound = "the limit" }, { when = "lower > -0.3", says = "its lower end" }]
    why = "So it is."
    [stone]
    supported = [{ when = "inadequate >= 19", says = "the number" }]
    otherwise = "not supported"
    """
    read = read_rules(written)
    assert read["bread"] == Rule(
        supported=(Condition("share", ">", 0.5, "the share", "{:.0%}"),),
        refuted=(Condition("share", "<=", "limit", "the share", bound_label="the limit"), Condition("lower", ">", -0.3, "its lower end")),
        untestable=(Condition("held", "=", 0, "the number held"),),
        why="So it is.",
    )
    assert str(read["stone"]) == "Supported where the number is at least 19; otherwise not supported."


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("suported = []", "found suported; expected only untestable, supported"),
        ('otherwise = "perhaps"', "found otherwise 'perhaps'"),
        ('supported = [{ when = "share >> 20%", says = "the share" }]', "found when 'share >> 20%'"),
        ('supported = [{ when = "share > limit", says = "the share" }]', "bound says another figure"),
        ('supported = [{ when = "share > 1" }]', "has when, says"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_by_name(line: str, fault: str) -> None:
    with pytest.raises(BadFigures, match=fault) as told:
        read_rules(f'[bread]\nwhy = "x"\n[stone]\n{line}\n')
    assert "[stone]" in str(told.value)
    assert "[bread]" not in str(told.value)


def test_no_verdict_is_typed_in_the_register() -> None:
    entries = tomllib.loads((default_store().raw / "claims.toml").read_text("utf-8"))
    assert not any("verdict" in entry for entry in entries.values())
    assert list(COMPUTED_BY) == list(rules()) == list(sayings())


def test_a_claim_without_a_computation_is_refused(store: Store) -> None:
    path = store.raw / "claims.toml"
    more = '\n[moon]\nsubject = "x"\nclaim = "The moon is cheese."\nsaid_by = "x"\nsaid_on = "x"\nsources = ["x"]\n'
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    with pytest.raises(BadFigures, match=r"\[moon\]"):
        claim("nineteen", store)
    path.write_text('[nineteen]\nclaim = "x"\nnumbers = { councils = "many" }\n', "utf-8")
    with pytest.raises(BadFigures, match="no said_by"):
        sayings(store)


def test_an_unknown_claim_names_those_that_there_are(inputs: Inputs) -> None:
    with pytest.raises(NoData, match="the ledger holds rating-deprivation"):
        claim("nought", inputs=inputs)


def test_the_command_line_tells_a_claim_and_prints_its_rows() -> None:
    told = CliRunner().invoke(app, ["claims", "nineteen"])
    assert told.exit_code == 0
    assert "Verdict: supported" in told.output
    assert "ofsted-history-2023" in told.output
    rows = json.loads(CliRunner().invoke(app, ["claims", "nineteen", "--json"]).output)
    assert sum(row["figure"] == "overall" for row in rows) == 20


def test_the_words_of_a_claim_follow_its_figures(inputs: Inputs) -> None:
    # Nobody better after an inadequate judgement: then the chance is hard too, and Kirklees has not risen.
    table = fg.inspections().sort_values("publication_date")
    ever = table.groupby("council")["rating"].transform(lambda grades: grades.eq("Inadequate").cummax())
    table.loc[ever.to_numpy(bool), "rating"] = "Inadequate"
    stuck = Inputs(inspections=table)
    assert "at the next judgement it is hard" in claim("escape-hard", inputs=stuck).computed.words
    real = claim("escape-hard", inputs=inputs).computed.words
    assert "at the next judgement it is not hard; read as time (more than 2 years) it is hard: 1 of 2" in real
    kirklees = claim("kirklees-leeds", inputs=stuck)
    assert "rise" not in kirklees.computed.words
    assert kirklees.verdict == NOT_SUPPORTED
    assert "One council's rise" in claim("kirklees-leeds", inputs=inputs).computed.words


def test_no_claim_is_supported_by_want_of_anything_to_set_it_against() -> None:
    assert rules()["inspection-drives"].verdict({"never_inspected": 50}) != SUPPORTED
    assert [name for name, rule in rules().items() if rule.otherwise == SUPPORTED] == []


def test_the_bounds_of_the_rules_are_the_claims_own_numbers() -> None:
    numbers = {name: entry.numbers for name, entry in sayings().items()}
    found = rules()
    assert [part.bound for part in found["nineteen"].supported] == [numbers["nineteen"]["councils"]]
    assert [part.bound for part in found["may-2015-three"].supported] == [numbers["may-2015-three"][key] for key in ("inadequate", "good")]
    assert {part.bound for part in (*found["one-in-five"].supported, *found["one-in-five"].refuted)} == {numbers["one-in-five"]["share"]}
    share, side = (numbers["three-quarters"][key] for key in ("share", "either_side"))
    assert f"within {100 * side:.0f} points of {share:.0%}" in str(found["three-quarters"])
    assert f"read as {share - side:.0%} to {share + side:.0%}" in str(found["three-quarters"])
    fall = numbers["thirty-percent"]["fall"] - numbers["thirty-percent"]["either_side"]
    assert f"the real fall is {fall:.0%} or more" in str(found["thirty-percent"])
    assert f"£{numbers['gap-2bn']['amount_gbp'] * 0.95 / 1e9:.1f}bn or more" in str(found["gap-2bn"])
