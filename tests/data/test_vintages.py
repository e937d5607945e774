"""Releases side by side: which figure counts, how another is asked for, and what a revision changed."""

import csv
import shutil
from pathlib import Path

import layouts
import pandas as pd
import pytest

import fundgap as fg
from fundgap.data.raw_tables import RAW
from fundgap.data.store import Store
from fundgap.errors import BadFigures, NoData, UnknownRelease

BARNSLEY, HULL, KIRKLEES, SLOUGH = "E08000016", "E06000010", "E08000034", "E06000039"
ENTRY = """[{id}]
title = "Title"
publisher = "Publisher"
licence = "Licence"
url = "https://example.org"
period = "2018"
reader = "{reader}"
file = "{id}.csv"
{published}
"""


def store_of(folder: Path, releases: dict[str, tuple[str, str]], tables: dict[str, list[dict[str, object]]]) -> Store:
    """Return a store of {release: (reader, day of publication)} and {table: rows}; columns not given are blank."""
    (folder / "raw").mkdir(parents=True)
    shutil.copyfile(layouts.DATA / "raw" / "councils.csv", folder / "raw" / "councils.csv")
    entries = [
        ENTRY.format(id=name, reader=reader, published=f'published = "{day}"' if day else "") for name, (reader, day) in releases.items()
    ]
    (folder / "raw" / "sources.toml").write_text("\n".join(entries), "utf-8")
    for name, rows in tables.items():
        with (folder / "raw" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, RAW[name].names, restval="")
            writer.writeheader()
            writer.writerows(rows)
    return Store(folder)


def spend(source: str, council: str, gross: object, net: object = "", category: str = "gross_spend") -> dict[str, object]:
    shared = {"source": source, "council": council, "financial_year": "2017-18", "category": category}
    return shared | {"gross_gbp": gross, "net_gbp": net}


@pytest.fixture
def two_of_spend(tmp_path: Path) -> Store:
    """Return spend of one year in a workbook and in the interactive tool, published later; it gives whole pounds and no net spend."""
    rows = [
        spend("book", BARNSLEY, "1000.49", "900"),
        spend("book", HULL, "2100", "2000"),
        spend("book", KIRKLEES, "", ""),
        spend("book", SLOUGH, "500", "400"),
        spend("book", BARNSLEY, "10.5", "9", "youth_justice"),
        spend("tool", BARNSLEY, "1000"),
        spend("tool", HULL, "2000"),
        spend("tool", KIRKLEES, "300"),
        spend("tool", SLOUGH, ""),
        spend("tool", BARNSLEY, "11", category="youth_justice"),
        spend("tool", BARNSLEY, "7") | {"financial_year": "2018-19"},
    ]
    return store_of(tmp_path / "data", {"tool": ("lait", "2026-01-10"), "book": ("section251", "2018-12-11")}, {"spend": rows})


def judgement(source: str, council: str, published: str, overall: str, leavers: str = "") -> dict[str, object]:
    shared = {"source": source, "council": council, "framework": "ILACS", "is_reinspection": "False", "publication_date": published}
    return shared | {"overall": overall, "care_leavers_grade": leavers}


@pytest.fixture
def two_of_ilacs(tmp_path: Path) -> Store:
    """Return ILACS judgements in two editions: a date put right, a grade changed, an abolished council no longer listed."""
    rows = [
        judgement("first", BARNSLEY, "2022-11-05", "Inadequate"),
        judgement("first", HULL, "2023-11-06", "Good", "Good"),
        judgement("first", "E06000028", "2018-08-24", "Good"),
        judgement("second", BARNSLEY, "2022-09-05", "Inadequate"),
        judgement("second", HULL, "2023-11-06", "Good", "Requires improvement"),
        judgement("second", KIRKLEES, "2024-07-01", "Outstanding", "Good"),
    ]
    releases = {"second": ("ofsted-ilacs", "2025-09-25"), "first": ("ofsted-history", "2023-07-06")}
    return store_of(tmp_path / "data", releases, {"inspections": rows})


# Which counts ----------------------------------------------------------------------------------------------------------


def grosses(table: pd.DataFrame) -> dict[tuple[str, str], float]:
    rows = table[table["category"] == "gross_spend"].dropna(subset="gross_gbp")
    return rows.set_index(["council", "financial_year"])["gross_gbp"].to_dict()


def test_the_better_series_counts_in_its_year_though_another_is_later_and_elsewhere_the_other_does(two_of_spend: Store) -> None:
    assert grosses(fg.raw_table("spend", store=two_of_spend)) == {
        (BARNSLEY, "2017-18"): 1000.49,
        (HULL, "2017-18"): 2100.0,
        (SLOUGH, "2017-18"): 500.0,
        (BARNSLEY, "2018-19"): 7.0,
    }


@pytest.mark.parametrize("prefer", ["tool", ["tool"], ("tool", "book")])
def test_another_release_is_had_by_asking_for_it(two_of_spend: Store, prefer: str | list[str]) -> None:
    assert grosses(fg.raw_table("spend", prefer=prefer, store=two_of_spend)) == {
        (BARNSLEY, "2017-18"): 1000.0,
        (HULL, "2017-18"): 2000.0,
        (KIRKLEES, "2017-18"): 300.0,
        (BARNSLEY, "2018-19"): 7.0,
    }


def test_all_releases_side_by_side_are_had_by_asking_for_every_release(two_of_spend: Store) -> None:
    table = fg.raw_table("spend", every_release=True, store=two_of_spend)
    assert table["source"].value_counts().to_dict() == {"tool": 6, "book": 5}


def test_a_later_edition_replaces_all_judgements_of_a_council_and_keeps_a_council_that_it_no_longer_lists(two_of_ilacs: Store) -> None:
    table = fg.raw_table("inspections", store=two_of_ilacs)
    dates = table["publication_date"].dt.strftime("%Y-%m-%d")
    assert set(zip(table["council"], dates, table["source"], strict=True)) == {
        (BARNSLEY, "2022-09-05", "second"),
        (HULL, "2023-11-06", "second"),
        (KIRKLEES, "2024-07-01", "second"),
        ("E06000028", "2018-08-24", "first"),
    }


@pytest.mark.parametrize("call", [fg.raw_table, fg.revisions, fg.revision_summary])
def test_an_unknown_table_is_named_beside_those_there_are(two_of_spend: Store, call) -> None:
    with pytest.raises(NoData, match=r"no raw table 'spent'.*spend, revenue_outturn"):
        call("spent", store=two_of_spend)


def test_an_unknown_release_is_refused_whether_asked_for_or_found_in_the_table(two_of_spend: Store) -> None:
    with pytest.raises(UnknownRelease, match="toool is not in"):
        fg.raw_table("spend", prefer="toool", store=two_of_spend)
    path = two_of_spend.raw / "spend.csv"
    path.write_text(path.read_text("utf-8").replace(",book", ",booklet"), "utf-8")
    with pytest.raises(UnknownRelease, match="booklet is not in"):
        fg.raw_table("spend", store=two_of_spend)


@pytest.mark.parametrize("days", [("2024-01-01", ""), ("", ""), ("2024-01-01", "2024-01-01")])
def test_of_two_releases_without_days_that_differ_neither_is_chosen(tmp_path: Path, days: tuple[str, str]) -> None:
    rows = [{"source": name, "council": HULL, "year": 2020, "children": 5} for name in ("one", "two")]
    releases = {"one": ("population", days[0]), "two": ("population", days[1])}
    store = store_of(tmp_path / "data", releases, {"children": rows})
    for call in (fg.raw_table, fg.revisions):
        with pytest.raises(BadFigures, match="one and two"):
            call("children", store=store)
    assert len(fg.raw_table("children", every_release=True, store=store)) == 2


# What a revision changed -----------------------------------------------------------------------------------------------

SHOWN = ["council_name", "period", "figure", "column", "kind", "before", "after", "change", "change_percent"]


def plain(frame: pd.DataFrame) -> list[list[object]]:
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


def test_revisions_list_what_differs_by_more_than_rounding_and_nothing_else(two_of_spend: Store) -> None:
    found = fg.revisions("spend", two_of_spend)
    assert plain(found[SHOWN]) == [
        ["Kingston upon Hull, City of", "2017-18", "gross_spend", "gross_gbp", "changed", 2000.0, 2100.0, 100.0, 5.0],
        ["Slough", "2017-18", "gross_spend", "gross_gbp", "added", None, 500.0, None, None],
        ["Kirklees", "2017-18", "gross_spend", "gross_gbp", "withdrawn", 300.0, None, None, None],
    ]
    assert set(zip(found["release_before"], found["release_after"], strict=True)) == {("tool", "book")}


def test_the_summary_counts_each_figure_once_and_sums_those_that_both_hold(two_of_spend: Store) -> None:
    found = fg.revision_summary("spend", two_of_spend)
    columns = ["figure", "column", "both", "equal", "changed", "added", "withdrawn", "only_one_publishes", "sum_before", "sum_after"]
    assert plain(found[columns]) == [
        # Barnsley and Hull are in both: 1000 + 2000, and 1000.49 + 2100. Slough is added, Kirklees withdrawn.
        ["gross_spend", "gross_gbp", 2, 1, 1, 1, 1, 0, 3000.0, 3100.49],
        # Barnsley, Hull and Slough have net spend in the workbook, nobody has in the tool.
        ["gross_spend", "net_gbp", 0, 0, 0, 0, 0, 3, None, None],
        ["youth_justice", "gross_gbp", 1, 1, 0, 0, 0, 0, 11.0, 10.5],
        ["youth_justice", "net_gbp", 0, 0, 0, 0, 0, 1, None, None],
    ]


def test_a_judgement_whose_date_was_put_right_is_withdrawn_and_added_and_a_grade_is_changed(two_of_ilacs: Store) -> None:
    found = fg.revisions("inspections", two_of_ilacs)
    assert plain(found[SHOWN[:-2]]) == [
        ["Kingston upon Hull, City of", "2023-11-06", "ILACS", "care_leavers_grade", "changed", "Good", "Requires improvement"],
        ["Barnsley", "2022-09-05", "ILACS", "overall", "added", None, "Inadequate"],
        ["Barnsley", "2022-11-05", "ILACS", "overall", "withdrawn", "Inadequate", None],
    ]


def test_a_figure_revised_twice_is_listed_step_by_step(tmp_path: Path) -> None:
    rows = [
        {"source": name, "council": HULL, "year": 2020, "children": value}
        for name, value in (("c", 120), ("a", 80), ("d", 120), ("b", 100))
    ]
    releases = {name: ("population", f"202{position}-06-01") for position, name in enumerate("abcd")}
    found = fg.revisions("children", store_of(tmp_path / "data", releases, {"children": rows}))
    columns = ["release_before", "release_after", "figure", "period", "before", "after", "change", "change_percent"]
    assert plain(found[columns]) == [
        ["a", "b", "children", "2020", 80.0, 100.0, 20.0, 25.0],
        ["b", "c", "children", "2020", 100.0, 120.0, 20.0, 20.0],
    ]


def test_a_published_total_is_named_by_its_area_and_a_change_from_nought_has_no_per_cent(tmp_path: Path) -> None:
    rows = [
        {"source": name, "figure": "youth_justice", "area": "E12000001", "period": "2017-18", "value": value}
        for name, value in (("old", 0), ("new", 5))
    ]
    releases = {"old": ("lait", "2024-01-01"), "new": ("lait", "2025-01-01")}
    found = fg.revisions(store=store_of(tmp_path / "data", releases, {"published_totals": rows}))
    assert plain(found[["table", *SHOWN]]) == [
        ["published_totals", None, "2017-18", "youth_justice North East", "value", "changed", 0.0, 5.0, 5.0, None]
    ]


def test_a_store_without_a_second_release_has_no_revisions_and_the_same_columns(two_of_spend: Store, tmp_path: Path) -> None:
    alone = store_of(tmp_path / "alone", {"book": ("section251", "")}, {"spend": [spend("book", HULL, 5)]})
    for call in (fg.revisions, fg.revision_summary):
        assert list(call("spend", alone).columns) == list(call("spend", two_of_spend).columns)
        assert call(store=alone).empty


# The committed figures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "workbook", "changed"), [("2016-17", "s251ye2017", 0), ("2017-18", "s251ye2018", 1), ("2018-19", "s251ye2019", 0)]
)
def test_workbook_and_tool_agree_on_152_councils_and_eight_categories_but_for_slough_s_total(
    year: str, workbook: str, changed: int
) -> None:
    summary = fg.revision_summary("spend").query(
        "release_before == 'lait-2026-01' and release_after == @workbook and column == 'gross_gbp'"
    )
    assert summary["both"].tolist() == [152] * 8
    assert summary["changed"].sum() == changed
    found = fg.revisions("spend").query("release_after == @workbook and column == 'gross_gbp' and period == @year")
    # Slough's youth justice of 2017-18 is £855,316, and missing from the tool's total: docs/data-notes.md.
    expected = [["Slough", "gross_spend", 36177772.0, 37033088.0, 855316.0]] if changed else []
    assert found[["council_name", "figure", "before", "after", "change"]].to_numpy().tolist() == expected


def test_the_example_of_the_docstring_gives_what_is_printed_there() -> None:
    sums = {}
    for prefer in ((), "lait-2026-01"):
        rows = fg.raw_table("spend", prefer=prefer).query("category == 'gross_spend' and financial_year == '2017-18'")
        sums[rows["source"].unique().item()] = f"{rows['gross_gbp'].sum():,.0f}"
    assert sums == {"s251ye2018": "9,359,863,288", "lait-2026-01": "9,359,007,972"}
    assert all(f"{source} {total}" in str(fg.raw_table.__doc__) for source, total in sums.items())
