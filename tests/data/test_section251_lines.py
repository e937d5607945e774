"""The lines of Section 251: one table for every year, what adds up to what, and the workbooks until 2011-12."""

from dataclasses import replace
from pathlib import Path

import layouts
import pandas as pd
import pytest

from fundgap.data.councils import CouncilIndex, council_index
from fundgap.data.readers import section251
from fundgap.data.readers.layouts import layouts_of
from fundgap.data.readers.service_lines import line_text, lines_of
from fundgap.data.sources import Release, read_register
from fundgap.data.store import Store
from fundgap.data.tables import CATEGORIES
from fundgap.errors import BadFigures

# As the docstring of service_lines explains them.
ROLES = ("part", "subtotal", "total", "detail", "memo")
OLDER_YEARS = ("2008-09", "2009-10", "2010-11", "2011-12")
LAYOUTS = (*OLDER_YEARS, "2012-13", "2013-14", "2014-15", "2018-19", "open-data")
TABLE = Path(section251.__file__).with_name("section251_lines.csv")
STOCKTON = (808, "Stockton-on-Tees", "E06000004", "E12000001")
DARLINGTON = (841, "Darlington", "E06000005", "E12000001")


@pytest.fixture(scope="module")
def index() -> CouncilIndex:
    return council_index(Store(layouts.DATA))


def release(year: str) -> Release:
    """Return the release of a year as if its file had nothing that does not add up."""
    return replace(read_register(Store(layouts.DATA))[f"s251ye{int(year[:4]) + 1}"], known={}, checks={})


def spend_by_category(spend: pd.DataFrame, council: str, money: str = "gross_gbp") -> dict[str, float]:
    return spend[spend["council"] == council].set_index("category")[money].dropna().to_dict()


# The table -------------------------------------------------------------------------------------------------------------


def test_every_layout_of_the_readers_has_lines_and_every_line_a_layout() -> None:
    named = {layout for row in pd.read_csv(TABLE)["layouts"] for layout in row.split()}
    used = set(layouts_of("section251")) | {layout["lines"] for layout in layouts_of("section251_open_data").values()}
    assert named == used == set(LAYOUTS)


def test_no_text_stands_for_two_lines_in_one_layout_and_every_text_is_as_line_text_gives_it() -> None:
    table = pd.read_csv(TABLE)
    pairs = [(layout, line) for line, row in zip(table["line"], table["layouts"], strict=True) for layout in row.split()]
    assert len(pairs) == len(set(pairs))
    assert [line for line in table["line"] if line_text(line) != line] == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_line_is_a_part_of_one_sum_or_says_why_it_counts_nowhere(layout: str) -> None:
    lines = lines_of(layout)
    notes = pd.read_csv(TABLE, keep_default_na=False)
    notes = notes[[layout in row.split() for row in notes["layouts"]]].set_index("line")["note"]
    totals = [line.name for line in lines.by_name.values() if line.role == "total"]
    assert totals == ["total"]
    for text, line in lines.by_text.items():
        assert line.role in ROLES
        # Every part leads up to the total; memoranda lead nowhere and have a note.
        climbed = line
        while climbed.part_of:
            climbed = lines.by_name[climbed.part_of]
        assert climbed.name == (line.name if line.role == "memo" else "total")
        assert (line.role == "memo") == (not line.part_of and line.role != "total")
        assert line.role != "memo" or notes[text]
        assert bool(lines.sums.get(line.name)) == (
            line.role in ("subtotal", "total") or (line.name == "fostering" and layout == "open-data")
        )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_part_reaches_exactly_one_category(layout: str) -> None:
    lines = lines_of(layout)

    def leaves(name: str) -> list[str]:
        parts = [part for part in lines.sums.get(name, []) if lines.by_name[part].role != "detail"]
        return [leaf for part in parts for leaf in leaves(part)] or [name]

    reached = [leaf for heads in lines.heads().values() for head in heads for leaf in leaves(head)]
    assert sorted(reached) == sorted(leaves("total"))
    for category, heads in lines.heads().items():
        assert {lines.by_name[leaf].category for head in heads for leaf in leaves(head)} == {category}


def test_the_form_asks_for_sure_start_and_young_people_from_2010_11_on() -> None:
    asked = {layout: set(lines_of(layout).heads()) for layout in LAYOUTS}
    everything = set(CATEGORIES) - {"gross_spend"}
    for layout, categories in asked.items():
        assert categories == (everything - {"sure_start", "young_people"} if layout < "2010-11" else everything)


# The workbooks until 2011-12 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", OLDER_YEARS)
def test_a_category_is_the_sum_of_its_lines_wherever_the_form_prints_them(tmp_path: Path, index: CouncilIndex, year: str) -> None:
    draft = layouts.section251_older(year)
    spend = section251.read(draft.save(tmp_path), release(year), index)["spend"]
    assert len(spend) == 4 * 8
    for number, _, code, _ in layouts.COUNCILS_OF_2013:
        expected = layouts.older_spend(year, number)
        assert spend_by_category(spend, code) == expected
        # Income is a tenth of every line in these files.
        assert spend_by_category(spend, code, "net_gbp") == pytest.approx({category: 0.9 * gross for category, gross in expected.items()})


@pytest.mark.parametrize("year", ["2008-09", "2009-10"])
def test_what_the_form_did_not_ask_for_is_a_row_without_a_value(tmp_path: Path, index: CouncilIndex, year: str) -> None:
    spend = section251.read(layouts.section251_older(year).save(tmp_path), release(year), index)["spend"]
    blank = spend[spend["gross_gbp"].isna()]
    assert set(blank["category"]) == {"sure_start", "young_people"}
    assert len(blank) == 2 * 4
    assert blank[["income_gbp", "net_gbp"]].isna().all(axis=None)


def rows_with(draft: layouts.Draft, number: int, text: str = "") -> list[int]:
    name, line = draft.rows[3][0], draft.rows[3][2]
    return [row for row in range(5, len(draft.rows) + 1) if draft.get(row, name) == number and text in str(draft.get(row, line))]


def test_a_blank_income_of_2009_10_leaves_its_category_without_income_and_nothing_else(tmp_path: Path, index: CouncilIndex) -> None:
    draft = layouts.section251_older("2009-10")
    (row,) = rows_with(draft, 370, "Special guardianship")
    gross = draft.get(row, "Total Expenditure (k)")
    draft.put(row, "Income (l)", "")
    draft.put(row, "NET Current Expenditure (m)", gross)
    # The sub-total and the total treat a blank as nothing.
    for total in (*rows_with(draft, 370, "Total Other"), *rows_with(draft, 370, "TOTAL")):
        draft.put(total, "Income (l)", draft.get(total, "Income (l)") - gross / 10)
        draft.put(total, "NET Current Expenditure (m)", draft.get(total, "NET Current Expenditure (m)") + gross / 10)
    spend = section251.read(draft.save(tmp_path), release("2009-10"), index)["spend"]
    assert "looked_after" not in spend_by_category(spend, "E08000016", "income_gbp")
    assert len(spend_by_category(spend, "E08000016", "income_gbp")) == 5
    assert spend_by_category(spend, "E08000016") == layouts.older_spend("2009-10", 370)
    assert len(spend_by_category(spend, "E08000016", "net_gbp")) == 6


def test_headings_of_income_and_net_that_have_changed_places_are_refused(tmp_path: Path, index: CouncilIndex) -> None:
    draft = layouts.section251("2013-14")
    header = draft.rows[draft.header_row - 1]
    income, net = header.index("Income"), header.index("NetCurrentExpenditure")
    header[income], header[net] = header[net], header[income]
    with pytest.raises(BadFigures, match=r"column 'Income', 2013-14: found income of £.* have the headings changed places") as caught:
        section251.read(draft.save(tmp_path), release("2013-14"), index)
    assert len(caught.value.faults) == 1


def test_a_blank_income_is_refused_where_the_layout_does_not_know_of_any(tmp_path: Path, index: CouncilIndex) -> None:
    draft = layouts.section251_older("2010-11")
    draft.put(5, "Income (l)", "")
    with pytest.raises(BadFigures, match=r"row 5, column 'Income \(l\)'.*a blank"):
        section251.read(draft.save(tmp_path), release("2010-11"), index)


def zeros_of(draft: layouts.Draft, number: int) -> layouts.Draft:
    for row in rows_with(draft, number):
        draft.rows[row - 1][3:] = [0.0, 0.0, 0.0]
    return draft


def test_the_council_that_the_layout_says_made_no_return_has_rows_without_values(tmp_path: Path, index: CouncilIndex) -> None:
    draft = zeros_of(layouts.section251_older("2009-10", (*layouts.COUNCILS_OF_2013, STOCKTON)), 808)
    spend = section251.read(draft.save(tmp_path), release("2009-10"), index)["spend"]
    assert spend_by_category(spend, "E06000004") == {}
    assert len(spend[spend["council"] == "E06000004"]) == 8
    assert spend_by_category(spend, "E08000016") == layouts.older_spend("2009-10", 370)


def test_zeros_of_another_council_are_refused_and_so_are_figures_of_one_without_a_return(tmp_path: Path, index: CouncilIndex) -> None:
    draft = zeros_of(layouts.section251_older("2009-10", (*layouts.COUNCILS_OF_2013, STOCKTON)), 370)
    with pytest.raises(BadFigures) as caught:
        section251.read(draft.save(tmp_path), release("2009-10"), index)
    assert [("E08000016" in fault.where, "E06000004" in fault.where) for fault in caught.value.faults] == [(True, False), (False, True)]


# What does not add up and is known not to ------------------------------------------------------------------------------


def with_wrong_net(year: str = "2010-11") -> layouts.Draft:
    """Return a workbook in which Darlington's net of Connexions, and all it is in, is £1,000 too high, as in the real one."""
    draft = layouts.section251_older(year, (*layouts.COUNCILS_OF_2013, DARLINGTON))
    for text in ("Connexions", "Unknown", "TOTAL CHILDREN AND YOUNG PEOPLE'S SERVICES BUDGET (excluding"):
        (row,) = rows_with(draft, 841, text)
        draft.put(row, "NET Current Expenditure (m)", draft.get(row, "NET Current Expenditure (m)") + 1_000)
    return draft


KNOWN = {f"E06000005 2010-11 {line} balance": -1_000.0 for line in ("connexions", "total_young_people", "total")}


def test_a_difference_that_the_register_knows_is_taken_as_published(tmp_path: Path, index: CouncilIndex) -> None:
    spend = section251.read(with_wrong_net().save(tmp_path), replace(release("2010-11"), known=KNOWN), index)["spend"]
    expected = layouts.older_spend("2010-11", 841)
    assert spend_by_category(spend, "E06000005") == expected
    assert spend_by_category(spend, "E06000005", "net_gbp")["young_people"] == pytest.approx(0.9 * expected["young_people"] + 1_000)


@pytest.mark.parametrize("known", [{}, dict.fromkeys(KNOWN, -998.0), {key.replace("E06000005", "E06000001"): -1_000.0 for key in KNOWN}])
def test_a_difference_that_is_not_known_to_the_pound_is_refused(tmp_path: Path, index: CouncilIndex, known: dict[str, float]) -> None:
    with pytest.raises(BadFigures, match="gross less income"):
        section251.read(with_wrong_net().save(tmp_path), replace(release("2010-11"), known=known), index)


def test_a_known_difference_that_the_file_does_not_show_is_named(tmp_path: Path, index: CouncilIndex) -> None:
    path = layouts.section251_older("2010-11").save(tmp_path)
    with pytest.raises(BadFigures, match="no such difference at E06000005 2010-11 connexions balance"):
        section251.read(path, replace(release("2010-11"), known=KNOWN), index)
