"""The panel: raw tables become council years and inspections, by arithmetic that can be done by hand."""

import csv
import random
import shutil
import tomllib
from pathlib import Path

import layouts
import pandas as pd
import pytest

import fundgap
from fundgap.data.breaks import DEFINITION_BREAKS
from fundgap.data.deprivation import deciles
from fundgap.data.panel import build, council_years, inspections
from fundgap.data.raw_tables import RAW
from fundgap.data.store import Store, sha256
from fundgap.errors import BadFigures, NoData, UnknownRelease

ASHBY, BROOK, OLDTON, NEWTON = "E06000001", "E06000002", "E10000001", "E06000003"
YEARS = [f"{start}-{start % 100 + 1:02d}" for start in range(2008, 2020)]
_RELEASE = 'title = "t"\npublisher = "p"\nlicence = "l"\nurl = "u"\nperiod = "x"\nfile = "f"\n'
_READERS = {
    "outturn": "section251",
    "tool": "lait",
    "c": "population",
    "d": "deflator",
    "iod": "deprivation",
    "o": "ofsted-ilacs",
    "ro3": "revenue-outturn",
}
_PARTS = {
    "looked_after": 400,
    "safeguarding": 250,
    "family_support": 100,
    "sure_start": 90,
    "young_people": 80,
    "youth_justice": 50,
    "other": 30,
}


def write_rows(path: Path, header: str, rows: list[tuple]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def spend_rows(council: str, year: str, source: str, times: int = 1) -> list[tuple]:
    """Return a council's spend, total £1,000 times `times`, with £100 of income in a Section 251 release."""
    figures = {"gross_spend": 1000} | _PARTS
    net = (100, 900 * times) if source == "outturn" else ("", "")
    return [
        (council, year, category, value * times, *(net if category == "gross_spend" else ("", "")), source)
        for category, value in figures.items()
    ]


def fill(store: Store) -> None:
    """Fill a store with four invented councils: Oldton was abolished in April 2019 and Newton stands in its place."""
    raw = store.raw
    (raw / "sources.toml").write_text("".join(f'[{name}]\n{_RELEASE}reader = "{reader}"\n' for name, reader in _READERS.items()))
    write_rows(
        raw / "councils.csv",
        "council,council_name,council_number,region,council_class,first_year,last_year,successors,other_codes,other_names",
        [
            (ASHBY, "Ashby", 901, "North East", "Unitary authority", "", "", "", "", ""),
            (BROOK, "Brook", 902, "North East", "Unitary authority", "", "", "", "", ""),
            (NEWTON, "Newton", 903, "South West", "Unitary authority", "2019-20", "", "", "", ""),
            (OLDTON, "Oldton", 904, "South West", "County council", "", "2018-19", NEWTON, "", ""),
        ],
    )
    spend = spend_rows(ASHBY, "2017-18", "outturn") + spend_rows(ASHBY, "2018-19", "outturn", 2) + spend_rows(ASHBY, "2018-19", "tool", 9)
    spend += spend_rows(OLDTON, "2018-19", "outturn", 3) + spend_rows(BROOK, "2018-19", "tool", 9) + spend_rows(ASHBY, "2019-20", "tool", 4)
    spend += spend_rows(NEWTON, "2019-20", "tool", 5)
    # As published, a council that made no return has a row without a figure.
    years = {year: "outturn" if year in ("2017-18", "2018-19") else "tool" for year in YEARS}
    there = {(council, year, source) for council, year, _, _, _, _, source in spend}
    lived = [(council, year) for year in YEARS for council in (ASHBY, BROOK, NEWTON if year == "2019-20" else OLDTON)]
    spend += [
        (council, year, "gross_spend", "", "", "", years[year]) for council, year in lived if (council, year, years[year]) not in there
    ]
    write_rows(raw / "spend.csv", "council,financial_year,category,gross_gbp,income_gbp,net_gbp,source", spend)
    children = [(ASHBY, 2016, 40, "c"), (ASHBY, 2017, 50, "c"), (ASHBY, 2018, 80, "c"), (ASHBY, 2019, 100, "c"), (OLDTON, 2018, "", "c")]
    write_rows(raw / "children.csv", "council,year,children,source", children)
    # Ashby had 40 under-18s to 32 under-17s when the series met and 50 to 50 a year later: 1.25, then 1, so 1.5625 the year before.
    younger = [
        (ASHBY, 2010, 20, "c"),
        (ASHBY, 2011, 25, "c"),
        (ASHBY, 2016, 32, "c"),
        (ASHBY, 2017, 50, "c"),
        (ASHBY, 2018, 999, "c"),
        (BROOK, 2011, 9, "c"),
    ]
    write_rows(raw / "children_0_16.csv", "council,year,children_0_16,source", younger)
    write_rows(
        raw / "looked_after.csv",
        "council,year,looked_after,rounded_to,source",
        [(ASHBY, 2018, 1, 1, "tool"), (ASHBY, 2019, 4, 1, "tool"), (ASHBY, 2020, 3, 1, "tool")],
    )
    ranks = {"IoD2015": (ASHBY, BROOK, OLDTON), "IoD2019": (NEWTON, BROOK, ASHBY)}
    deprivation = [
        (code, vintage, name, 40 - rank, rank, "", False, "iod")
        for vintage, codes in ranks.items()
        for name in ("IDACI", "IMD")
        for rank, code in enumerate(codes, 1)
    ]
    write_rows(raw / "deprivation.csv", ",".join(RAW["deprivation"].names), deprivation)
    write_rows(raw / "indicators.csv", ",".join(RAW["indicators"].names), [(ASHBY, "caseload", "2018-19", 17.5, "tool")])
    ro3 = [(ASHBY, "2018-19", "total", 2100, 150, 1950, "ro3"), (ASHBY, "2013-14", "total", 700, 50, 650, "ro3")]
    write_rows(raw / "revenue_outturn.csv", ",".join(RAW["revenue_outturn"].names), ro3)
    changed = [("spend", "other", "gross", "2018-19", False, "", "x"), ("spend", "other", "gross", "2017-18", True, "", "x")]
    write_rows(raw / "definition_breaks.csv", ",".join(DEFINITION_BREAKS.names), changed)
    deflator = [(f"{start}-{start % 100 + 1:02d}", 200 if start == 2024 else 100, "d") for start in range(2008, 2025)]
    write_rows(raw / "deflator.csv", "financial_year,deflator,source", deflator)
    grades = ("Good", "", "", "", "", "")
    write_rows(
        raw / "inspections.csv",
        "council,framework,is_reinspection,inspection_type,inspection_date,publication_date,overall,"
        "help_protection_grade,looked_after_grade,care_leavers_grade,leadership_grade,adoption_grade,safeguarding_board_grade,source",
        [
            # Inspected in 2018-19, published in 2019-20: the year of the inspection counts.
            (ASHBY, "ILACS", False, "short", "2019-03-25", "2019-05-10", "Good", *grades, "o"),
            (BROOK, "SIF", True, "", "", "2018-04-01", "Inadequate", *grades, "o"),
            (OLDTON, "SIF", False, "", "", "2019-03-31", "Outstanding", *grades, "o"),
        ],
    )


@pytest.fixture
def small(bare_store: Store) -> Store:
    """Return the invented councils, to change and to build from."""
    fill(bare_store)
    return bare_store


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return the invented councils with the tables built from them, to be read only."""
    store = layouts.registers_only(tmp_path_factory.mktemp("built") / "data")
    fill(store)
    build(store.raw, store.processed)
    return store


def year_of(store: Store, council: str, year: str) -> pd.Series:
    return council_years(store).set_index(["council", "financial_year"]).loc[(council, year)]


def test_each_council_has_a_row_for_each_year_in_which_it_existed_and_no_other(built: Store) -> None:
    table = council_years(built)
    spans = {code: set(rows["financial_year"]) for code, rows in table.groupby("council")}
    assert spans == {ASHBY: set(YEARS), BROOK: set(YEARS), OLDTON: set(YEARS) - {"2019-20"}, NEWTON: {"2019-20"}}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("gross_spend_gbp", 2000),
        ("looked_after_spend_gbp", 800),
        ("safeguarding_spend_gbp", 500),
        # What is left of 2,000 without 800 and 500.
        ("preventative_spend_gbp", 700),
        ("net_spend_gbp", 1800),
        # The estimate of mid-2018 serves 2018-19, and so does the count of 31 March 2019.
        ("children", 80),
        ("looked_after", 4),
        ("gross_spend_per_child", 25),
        ("looked_after_per_child", 10),
        ("safeguarding_per_child", 6.25),
        ("preventative_per_child", 8.75),
        ("looked_after_per_10k", 500),
        ("price_index", 50),
        ("spend_source", "outturn"),
        ("ro3_gross_spend_gbp", 2100),
        ("ro3_net_spend_gbp", 1950),
        ("caseload", 17.5),
        ("has_definition_break", True),
        ("is_predecessor", False),
        ("is_looked_after_rounded", False),
        ("deprivation_vintage", "IoD2015"),
        # Most deprived of three: ceil(10 * 3/3).
        ("deprivation_decile", 10),
        ("imd_score", 39),
    ],
)
def test_a_year_of_a_council_is_what_hand_arithmetic_gives(built: Store, column: str, value: float | str) -> None:
    assert year_of(built, ASHBY, "2018-19")[column] == value


def test_a_year_takes_all_its_spend_from_one_release_and_a_council_without_a_figure_there_is_missing(built: Store) -> None:
    brook = year_of(built, BROOK, "2018-19")
    assert pd.isna(brook["gross_spend_gbp"])
    assert brook["is_missing_return"]
    later = year_of(built, ASHBY, "2019-20")
    assert (later["gross_spend_gbp"], later["spend_source"]) == (4000, "tool")
    assert pd.isna(later["net_spend_gbp"])


def test_a_suppressed_estimate_of_children_leaves_spend_and_no_spend_per_child(built: Store) -> None:
    oldton = year_of(built, OLDTON, "2018-19")
    assert (oldton["gross_spend_gbp"], oldton["is_missing_return"], oldton["is_children_missing"]) == (3000, False, True)
    assert pd.isna(oldton["gross_spend_per_child"])


@pytest.mark.parametrize(("year", "children", "is_scaled"), [("2010-11", 31, True), ("2011-12", 39, True), ("2016-17", 40, False)])
def test_years_before_the_published_children_are_scaled_by_the_council_s_ratio_and_flagged(
    built: Store, year: str, children: int, is_scaled: bool
) -> None:
    # 20 × 1.5625 = 31.25; 25 × 1.5625 = 39.06; mid-2016 is published.
    row = year_of(built, ASHBY, year)
    assert (row["children"], row["is_children_scaled"]) == (children, is_scaled)


def test_revenue_outturn_is_held_since_it_covers_the_same_services_and_a_comparable_change_is_no_break(built: Store) -> None:
    assert pd.isna(year_of(built, ASHBY, "2013-14")["ro3_gross_spend_gbp"])
    assert not year_of(built, ASHBY, "2017-18")["has_definition_break"]
    assert year_of(built, OLDTON, "2018-19")["is_predecessor"]


def test_a_council_without_a_ratio_has_no_scaled_children_and_nobody_has_any_between_two_series(built: Store) -> None:
    assert year_of(built, BROOK, "2011-12")["is_children_missing"]
    assert not year_of(built, BROOK, "2011-12")["is_children_scaled"]
    assert year_of(built, ASHBY, "2012-13")["is_children_missing"]


@pytest.mark.parametrize(
    ("score", "decile"),
    # Of three councils scoring 39, 38, 37: nobody, one, two, three stand above; ceil(10 * (3 - above) / 3), the last tenth at least.
    [(40, 10), (38.5, 7), (37.5, 4), (1, 1)],
)
def test_a_derived_score_takes_its_place_among_the_published_ones_and_moves_nobody(small: Store, score: float, decile: int) -> None:
    raw = small.raw / "deprivation.csv"
    late = "".join(f"{OLDTON},IoD2019,{name},{score},,,True,iod\n" for name in ("IDACI", "IMD"))
    raw.write_text(raw.read_text("utf-8") + late, "utf-8")
    built = build(small.raw, small.processed)
    places = deciles(pd.read_csv(raw)).set_index(["council", "deprivation_vintage"])
    assert built
    assert places.loc[(OLDTON, "IoD2019"), ["deprivation_decile", "is_deprivation_derived"]].tolist() == [decile, True]
    assert [places.at[(code, "IoD2019"), "deprivation_decile"] for code in (NEWTON, BROOK, ASHBY)] == [10, 7, 4]


def test_the_figures_of_an_earlier_release_can_be_asked_for(built: Store) -> None:
    asked = council_years(built, prefer=["tool"]).set_index(["council", "financial_year"])
    assert asked.loc[(ASHBY, "2018-19"), ["gross_spend_gbp", "spend_source"]].tolist() == [9000, "tool"]
    assert asked.at[(ASHBY, "2017-18"), "gross_spend_gbp"] == 1000
    assert asked.reset_index().dtypes.sort_index().equals(council_years(built).dtypes.sort_index())
    # Inspected in 2018-19, when Ashby had 80 children.
    assert inspections(built, prefer=["tool"], lag=0).set_index("council").at[ASHBY, "gross_spend_per_child"] == 9000 / 80


def test_a_release_nobody_knows_cannot_be_asked_for(built: Store) -> None:
    with pytest.raises(UnknownRelease, match="s251ye1999"):
        council_years(built, prefer=["s251ye1999"])


@pytest.mark.parametrize(
    ("council", "year", "vintage", "decile"),
    # Of three councils: rank 1 → ceil(10 * 3/3), rank 2 → ceil(10 * 2/3), rank 3 → ceil(10 * 1/3).
    [
        (ASHBY, "2012-13", "IoD2015", 10),
        (BROOK, "2018-19", "IoD2015", 7),
        (OLDTON, "2018-19", "IoD2015", 4),
        (NEWTON, "2019-20", "IoD2019", 10),
        (ASHBY, "2019-20", "IoD2019", 4),
    ],
)
def test_deprivation_is_of_the_edition_in_force_and_ten_is_the_most_deprived(
    built: Store, council: str, year: str, vintage: str, decile: int
) -> None:
    row = year_of(built, council, year)
    assert (row["deprivation_vintage"], row["deprivation_decile"]) == (vintage, decile)


@pytest.mark.parametrize(("lag", "year", "per_child"), [(0, "2018-19", 25.0), (1, "2017-18", 20.0), (2, "2016-17", None)])
def test_a_judgement_has_the_figures_of_the_year_asked_for_before_the_inspection(
    built: Store, lag: int, year: str, per_child: float | None
) -> None:
    row = inspections(built, lag=lag).set_index("council").loc[ASHBY]
    assert row["figures_year"] == year
    assert row["children"] == {0: 80, 1: 50, 2: 40}[lag]
    assert row["gross_spend_per_child"] == per_child if per_child else pd.isna(row["gross_spend_per_child"])
    assert (row["deprivation_vintage"], row["council_name"]) == ("IoD2015", "Ashby")


@pytest.mark.parametrize(("council", "year"), [(BROOK, "2017-18"), (OLDTON, "2017-18")])
def test_without_an_inspection_date_the_report_s_date_decides_the_year(built: Store, council: str, year: str) -> None:
    assert inspections(built).set_index("council").at[council, "figures_year"] == year


def test_figures_of_after_the_judgement_are_never_joined(built: Store) -> None:
    for lag in (-1, 0.5, "1"):
        with pytest.raises(NoData, match="0 or more"):
            inspections(built, lag=lag)  # type: ignore[arg-type]


def test_the_lag_changes_figures_and_nothing_else_about_the_judgements(built: Store) -> None:
    tables = [inspections(built, lag=lag) for lag in (0, 1, 2)]
    own = ["council", "framework", "is_reinspection", "inspection_date", "publication_date", "rating", "deprivation_decile", "source"]
    for table in tables[::2]:
        pd.testing.assert_frame_equal(table[own], tables[1][own])
        assert table.dtypes.to_dict() == tables[1].dtypes.to_dict()


def test_grades_are_in_order_and_dates_are_dates(built: Store) -> None:
    table = inspections(built).set_index("council")
    assert table["rating"].max() == "Outstanding"
    assert table["rating"].min() == "Inadequate"
    assert table["publication_date"].max() == pd.Timestamp("2019-05-10")
    assert table["is_reinspection"].tolist() == [False, True, False]


def test_the_order_of_the_rows_in_the_raw_tables_does_not_matter(small: Store, tmp_path: Path) -> None:
    build(small.raw, tmp_path / "first")
    for path in small.raw.glob("*.csv"):
        header, *lines = path.read_text("utf-8").splitlines(keepends=True)
        random.Random(1).shuffle(lines)  # noqa: S311
        path.write_text(header + "".join(lines), "utf-8")
    build(small.raw, tmp_path / "second")
    for name in ("council_years.csv", "inspections.csv"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_the_committed_tables_are_what_the_committed_figures_give_byte_for_byte(tmp_path: Path) -> None:
    written = build(layouts.DATA / "raw", tmp_path / "processed")
    committed = {path.name: path.read_bytes() for path in (layouts.DATA / "processed").glob("[a-z]*")}
    assert {name: path.read_bytes() for name, path in written.items()} == committed


def test_a_build_from_a_folder_of_any_name_reads_that_folder(small: Store, tmp_path: Path) -> None:
    shutil.copytree(layouts.DATA / "raw", tmp_path / "mine" / "raw")
    folder = small.raw.rename(tmp_path / "mine" / "figures of mine")
    build(folder, tmp_path / "out")
    assert set(pd.read_csv(tmp_path / "out" / "council_years.csv")["council_name"]) == {"Ashby", "Brook", "Oldton", "Newton"}


def test_the_manifest_holds_the_hash_of_all_that_was_read_and_written(built: Store) -> None:
    manifest = tomllib.loads((built.processed / "manifest.toml").read_text("utf-8"))
    assert manifest["raw"] == {path.name: sha256(path) for path in built.raw.glob("[a-z]*")}
    assert manifest["processed"] == {path.name: sha256(path) for path in built.processed.glob("*.csv")}


@pytest.mark.parametrize("name", ["council_years", "inspections"])
def test_every_column_of_a_table_has_a_label_in_its_data_dictionary_and_money_has_a_unit(name: str) -> None:
    with (layouts.DATA / "processed" / f"{name}.csv").open(encoding="utf-8") as file:
        columns = next(csv.reader(file))
    with (layouts.DATA / "processed" / f"{name}.meta.csv").open(encoding="utf-8") as file:
        entries = list(csv.DictReader(file))
    assert [entry["column"] for entry in entries] == columns
    assert all(entry["label"] for entry in entries)
    assert all("£" in entry["unit"] for entry in entries if entry["column"].endswith(("_gbp", "_per_child")))


@pytest.mark.parametrize(
    ("table", "old", "new", "says"),
    [
        ("spend.csv", "gross_spend,1000,", "gross_spend,many,", "gross"),
        ("spend.csv", f"{ASHBY},2017-18", f"{ASHBY},2017/18", "financial_year"),
        ("children.csv", f"{ASHBY},2018,80", f"{ASHBY},2018,80.5", "children"),
        ("inspections.csv", "2018-04-01,Inadequate", "2018-04-01,Adequate", "rating"),
        ("inspections.csv", "2018-04-01,Inadequate", "1 April 2018,Inadequate", "publication_date"),
        ("children.csv", f"{ASHBY},2018,80,c", f"{ASHBY},2018,80,c\n{ASHBY},2018,80,c", "more than once"),
        ("spend.csv", f"{ASHBY},2017-18", "E10999999,2017-18", r"spend.csv, row \d+, column 'council': found 'E10999999'"),
    ],
)
def test_a_build_from_a_spoilt_table_is_refused_and_writes_nothing(small: Store, table: str, old: str, new: str, says: str) -> None:
    path = small.raw / table
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BadFigures, match=says):
        build(small.raw, small.processed)
    assert not small.processed.exists()


@pytest.mark.parametrize("table", ["spend.csv", "children.csv", "children_0_16.csv", "inspections.csv", "deflator.csv", "councils.csv"])
def test_a_build_without_one_of_its_tables_names_the_table(small: Store, table: str) -> None:
    (small.raw / table).unlink()
    with pytest.raises(NoData, match=table):
        build(small.raw, small.processed)


def test_a_build_without_a_single_judgement_is_refused(small: Store) -> None:
    path = small.raw / "inspections.csv"
    path.write_text(path.read_text("utf-8").splitlines(keepends=True)[0], "utf-8")
    with pytest.raises(NoData, match="no judgements"):
        build(small.raw, small.processed)


def test_the_committed_panel_has_every_council_of_every_year_once() -> None:
    years = fundgap.council_years()
    assert not years.duplicated(["council", "financial_year"]).any()
    counts = years.groupby("financial_year").size().to_dict()
    changes = {2008: 150, 2009: 152, 2019: 151, 2021: 152, 2023: 153}
    expected, count = {}, 0
    for start in range(2008, 2025):
        count = changes.get(start, count)
        expected[f"{start}-{(start + 1) % 100:02d}"] = count
    assert counts == expected


def test_the_committed_spend_parts_add_up_to_the_total_of_every_council_and_year() -> None:
    years = council_years()
    parts = ["looked_after", "safeguarding", "family_support", "sure_start", "young_people", "youth_justice", "other"]
    # Sure Start and services for young people were not in the return before 2010-11.
    held = years[[f"{part}_spend_gbp" for part in parts]]
    newer = ["sure_start_spend_gbp", "young_people_spend_gbp"]
    assert held.loc[years["financial_year"] < "2010-11", newer].isna().all(axis=None)
    held.loc[years["financial_year"] < "2010-11", newer] = 0
    gap = (held.sum(axis=1, skipna=False) - years["gross_spend_gbp"]).dropna()
    assert len(gap) == years["gross_spend_gbp"].notna().sum()
    # LAIT rounds each of eight figures to a pound.
    assert gap.abs().max() <= 4


@pytest.mark.parametrize(("council", "year"), [("E06000032", "2022-23"), ("E09000032", "2024-25"), ("E06000002", "2024-25")])
def test_a_return_known_to_be_missing_is_flagged_and_never_nought(council: str, year: str) -> None:
    row = council_years().set_index(["council", "financial_year"]).loc[(council, year)]
    assert row["is_missing_return"]
    assert pd.isna(row["gross_spend_gbp"])
    assert pd.isna(row["preventative_per_child"])


def test_deciles_of_the_committed_panel_hold_15_or_16_councils_each() -> None:
    deciles = council_years().query("financial_year == '2016-17'")["deprivation_decile"].value_counts()
    assert set(deciles.index) == set(range(1, 11))
    assert set(deciles) == {15, 16}
