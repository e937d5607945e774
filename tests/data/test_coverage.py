"""What is held: published, worked out or missing, for every council, year and subject."""

import pandas as pd

from fundgap.data.coverage import SUBJECTS, data_coverage
from fundgap.data.panel import council_years

ASHBY, BROOK = "E06000001", "E06000002"


def small_years() -> pd.DataFrame:
    columns = {column for column, _ in SUBJECTS.values()}
    flags = {flag for _, flag in SUBJECTS.values() if flag}
    rows = [(ASHBY, "Ashby", "North East", "2011-12"), (ASHBY, "Ashby", "North East", "2012-13"), (BROOK, "Brook", "North East", "2012-13")]
    years = pd.DataFrame(rows, columns=["council", "council_name", "region", "financial_year"])
    return years.assign(**dict.fromkeys(columns, 1.0), **dict.fromkeys(flags, False))


def test_a_figure_is_published_worked_out_or_missing_and_a_council_that_did_not_exist_has_no_row() -> None:
    years = small_years()
    years["children"] = [10.0, 12.0, float("nan")]
    years["is_children_scaled"] = [True, False, False]
    states = data_coverage(years).set_index(["subject", "council", "financial_year"])["state"]
    assert states["Children"].to_dict() == {
        (ASHBY, "2011-12"): "worked out",
        (ASHBY, "2012-13"): "published",
        (BROOK, "2012-13"): "missing",
    }
    assert set(states["Total spend"]) == {"published"}
    assert len(states) == 3 * len(SUBJECTS)


def test_every_return_flagged_missing_in_the_committed_panel_is_missing_in_the_coverage() -> None:
    years = council_years()
    table = data_coverage(years)
    missing = table[(table["subject"] == "Total spend") & (table["state"] == "missing")]
    flagged = years[years["is_missing_return"]]
    assert sorted(zip(missing["council"], missing["financial_year"], strict=True)) == sorted(
        zip(flagged["council"], flagged["financial_year"], strict=True)
    )
