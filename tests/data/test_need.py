"""Looked-after children before 2016, children in low-income families, statistical neighbours: what comes out, what is refused."""

from collections.abc import Callable
from pathlib import Path

import layouts
import pandas as pd
import pytest

from fundgap.data.councils import council_index
from fundgap.data.ingest import ingest
from fundgap.data.readers import READERS
from fundgap.data.sources import read_register
from fundgap.data.store import Store
from fundgap.errors import BadFigures

Spoil = Callable[[layouts.Draft], object]

HARTLEPOOL, BARNSLEY, GATESHEAD, KENT = "E06000001", "E08000016", "E08000037", "E10000016"


def read(draft: layouts.Draft, folder: Path) -> dict[str, pd.DataFrame]:
    store = Store(layouts.DATA)
    release = read_register(store)[draft.source]
    return READERS[release.reader](draft.save(folder), release, council_index(store))


def refusal(draft: layouts.Draft, folder: Path, spoil: Spoil, *says: str) -> BadFigures:
    """Spoil a draft that is read without a fault, and return what is said to it."""
    read(draft, folder)
    spoil(draft)
    with pytest.raises(BadFigures) as caught:
        read(draft, folder)
    assert [part for part in says if part not in str(caught.value)] == [], caught.value
    return caught.value


def removed(row: int) -> Spoil:
    return lambda draft: draft.rows.pop(row - 1)


def put(row: int, heading: str, cell: object) -> Spoil:
    return lambda draft: draft.put(row, heading, cell)


# Looked-after children -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2011, 2015])
def test_each_release_gives_the_count_of_its_own_31_march(tmp_path: Path, year: int) -> None:
    table = read(layouts.looked_after(year), tmp_path)["looked_after"]
    counts = table.set_index("council")["looked_after"]
    # 100 and the council's number: 805, 370, 390.
    assert (counts[HARTLEPOOL], counts[BARNSLEY], counts[GATESHEAD]) == (905, 470, 490)
    assert set(table["year"]) == {str(year)}
    assert set(table["rounded_to"]) == {1}
    assert len(table) == 151


def test_the_halves_of_london_are_told_from_london_though_the_file_gives_all_three_one_code(tmp_path: Path) -> None:
    totals = read(layouts.looked_after(), tmp_path)["published_totals"].set_index("area")["value"]
    assert (totals["E13000001"], totals["E13000002"]) == (10, 20)
    assert totals["E12000007"] > 10_000
    assert len(totals) == 12


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (put(3, "geog_n", "NORTH WEST"), "'A' beside 'E12000001' and 'NORTH WEST'"),
        (put(3, "New_geog_code", "E12000002"), "'A' beside 'E12000002'"),
        (put(2, "geog_c", "998"), "'998' beside 'E92000001'"),
        (put(20, "geog_l", "LAD"), "one of ['LA', 'NATIONAL', 'REGION']"),
        (put(20, "CLA_Mar2015", "x"), "expected a number"),
        (put(20, "CLA_Mar2015", "20.5"), "a whole number"),
        (put(1, "CLA_Mar2015", "CLA_Mar2014"), "no column headed 'CLA_Mar2015'"),
        (removed(2), "no row for England (E92000001)"),
        (removed(12), "no row for Inner London (E13000001)"),
        (removed(20), "no row for "),
    ],
)
def test_a_release_of_looked_after_children_that_is_not_whole_is_refused(tmp_path: Path, spoil: Spoil, says: str) -> None:
    assert len(refusal(layouts.looked_after(), tmp_path, spoil, says).faults) <= 2


@pytest.mark.parametrize("to", [5, 10])
def test_counts_that_are_all_rounded_are_not_taken_for_exact(tmp_path: Path, to: int) -> None:
    def round_all(draft: layouts.Draft) -> None:
        for row in range(14, len(draft.rows) + 1):
            draft.put(row, "CLA_Mar2015", to * round(int(str(draft.get(row, "CLA_Mar2015"))) / to))

    refusal(layouts.looked_after(), tmp_path, round_all, f"all multiples of {to}", "rounded to 1")


@pytest.mark.parametrize("row", [2, 3, 20])
def test_looked_after_children_who_do_not_add_up_are_refused(bare_store: Store, tmp_path: Path, row: int) -> None:
    draft = layouts.looked_after()
    ingest(draft.save(tmp_path), draft.source, bare_store, dry_run=True)
    draft.put(row, "CLA_Mar2015", int(str(draft.get(row, "CLA_Mar2015"))) + 20)
    with pytest.raises(BadFigures, match="looked_after_children 2015"):
        ingest(draft.save(tmp_path), draft.source, bare_store)


# Low income ------------------------------------------------------------------------------------------------------------


def low_income(draft: layouts.Draft, folder: Path) -> dict[tuple[str, str, str], float]:
    table = read(draft, folder)["indicators"]
    return table.set_index(["indicator", "council", "financial_year"])["value"].to_dict()


def test_a_snapshot_of_august_is_of_the_year_that_began_in_april(tmp_path: Path) -> None:
    values = low_income(layouts.low_income_hmrc(), tmp_path)
    # The first council of the register is Hartlepool; the draft gives it 0.100 and 0.090 in both years.
    for year in ("2015-16", "2016-17"):
        assert values["low_income_hmrc_under_16_share", HARTLEPOOL, year] == 0.1
        assert values["low_income_hmrc_all_share", HARTLEPOOL, year] == 0.09


def test_districts_are_no_councils_and_counties_are_missing_where_only_districts_are_published(tmp_path: Path) -> None:
    councils = {
        year: {council for _, council, at in low_income(layouts.low_income_hmrc(), tmp_path) if at == year}
        for year in ("2015-16", "2016-17")
    }
    assert (len(councils["2015-16"]), len(councils["2016-17"])) == (152, 125)
    # 27 counties, of which North Yorkshire, Somerset and Buckinghamshire have been recoded since as unitary authorities.
    assert councils["2015-16"] - councils["2016-17"] >= {KENT, "E06000065", "E06000066", "E06000060"}
    assert not any(code.startswith(("E07", "E92")) for year in councils.values() for code in year)


def test_a_share_that_is_not_published_is_a_row_without_a_value(tmp_path: Path) -> None:
    draft = layouts.low_income_hmrc()
    draft.put(3, "pct_under16", "-")
    values = low_income(draft, tmp_path)
    assert pd.isna(values["low_income_hmrc_under_16_share", HARTLEPOOL, "2015-16"])
    assert values["low_income_hmrc_all_share", HARTLEPOOL, "2015-16"] == 0.09


def test_numbers_in_low_income_stand_for_the_councils_of_2021_in_every_year(tmp_path: Path) -> None:
    values = low_income(layouts.low_income_dwp(), tmp_path)
    assert values["low_income_dwp_0_15", HARTLEPOOL, "2014-15"] == 1500
    assert values["low_income_dwp_0_15", HARTLEPOOL, "2021-22"] == 1501
    assert values["low_income_dwp_0_19", HARTLEPOOL, "2021-22"] == 2000
    # Bournemouth, Christchurch and Poole was made in 2019.
    assert ("low_income_dwp_0_15", "E06000058", "2014-15") in values
    assert len(values) == 2 * 2 * 152


HMRC_2016 = 155  # The row of England's figure of 2016: a heading, England and 152 councils stand above it.


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (put(20, "code", "E07000004"), "'E07000004'"),
        (put(20, "code", "W06000015"), "'W06000015'"),
        (put(20, "code", "E12000001"), "'E12000001'"),
        (put(HMRC_2016 + 1, "code", KENT), "a row for Kent (E10000016)"),
        (lambda draft: draft.rows.pop(), "200 districts"),
        (removed(3), "no row for Hartlepool (E06000001)"),
        (removed(2), "no row for England"),
        (put(20, "pct_under16", "1.2"), "0 to 1"),
        (put(20, "pct_under16", "17.6"), "0 to 1"),
        (put(2, "pct_all_children_or_16_19", "0.9"), "England within its councils' range"),
        (put(20, "pct_all_children_or_16_19", "0.2"), "the figure of 'pct_under16'"),
        (put(20, "year", "2015-16"), "a period written as '{year}'"),
    ],
)
def test_shares_in_low_income_that_cannot_be_are_refused(tmp_path: Path, spoil: Spoil, says: str) -> None:
    refusal(layouts.low_income_hmrc(), tmp_path, spoil, says)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (put(2, "n_0_15", 2001), "at most 2000, the figure of 'n_0_19'"),
        (put(2, "n_0_15", "-"), "a number"),
        (put(2, "n_0_19", -1), "0 or more"),
        (put(2, "code", "E92000001"), "'E92000001'"),
        (put(2, "code", "E06000063"), "existed from 2023-24"),
        (put(2, "code", "E07000004"), "'E07000004'"),
        (put(2, "year", "2014-15"), "a period written as '{start}/{end}'"),
        (removed(2), "2014-15: found no row for Hartlepool"),
    ],
)
def test_numbers_in_low_income_that_cannot_be_are_refused(tmp_path: Path, spoil: Spoil, says: str) -> None:
    refusal(layouts.low_income_dwp(), tmp_path, spoil, says)


# Neighbours ------------------------------------------------------------------------------------------------------------


def test_every_council_has_ten_neighbours_in_order_and_in_the_publisher_s_words(tmp_path: Path) -> None:
    table = read(layouts.neighbours(), tmp_path)["neighbours"]
    first = table[table["council"] == HARTLEPOOL]
    # The draft's neighbours are the ten councils that follow in the register; two spellings are one word.
    codes = [row["council"] for row in layouts.register() if not row["last_year"]]
    assert first["neighbour"].tolist() == codes[1:11]
    assert first["position"].tolist() == list(range(1, 11))
    assert first["closeness"].tolist() == ["Extremely close", *["Very close"] * 3, *["Close"] * 3, *["Somewhat close"] * 2, "Not close"]
    assert table.groupby("council").size().eq(10).all()
    assert set(table["council"]) == {*codes, "E10000009", "E06000029"}


def test_an_abolished_council_may_have_an_abolished_neighbour(tmp_path: Path) -> None:
    table = read(layouts.neighbours(), tmp_path)["neighbours"].set_index(["council", "position"])["neighbour"]
    assert table["E10000009", 1] == "E06000029"


# Three rows of headings, 153 councils, a blank row, the line and another blank row stand above.
OLD_DORSET_S_ROW = 3 + 153 + 4


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (put(4, "SN3", 805), "ten others, each once"),
        (lambda draft: draft.put(4, "SN3", draft.get(4, "SN2")), "ten others, each once"),
        (put(4, "SN3", 835), "found 'Dorset'; expected a council of now"),
        (put(4, "SN3", ""), "the number of a council"),
        (put(4, "SN3", 970), "the number of a council"),
        (put(4, "LA number", 806), "the number in 'LA num'"),
        (removed(4), "no row for Hartlepool (E06000001)"),
        (lambda draft: draft.rows.insert(5, list(draft.rows[3])), "Hartlepool a second time"),
        (lambda draft: draft.rows.insert(5, list(draft.rows[OLD_DORSET_S_ROW - 1])), "a council of now, above 'Old SNs:'"),
        (put(OLD_DORSET_S_ROW - 2, "LA Name", "Former councils"), "'' beside 'Former councils'"),
        (lambda draft: draft.rows[3].__setitem__(6, "Near"), "row 4, column 'SN1 SNP'"),
        (lambda draft: draft.rows[3].__setitem__(8, "Not close"), "no closer than 'Not close'"),
        (lambda draft: draft.rows[3].__setitem__(8, ""), "found a blank"),
    ],
)
def test_neighbours_that_cannot_be_are_refused(tmp_path: Path, spoil: Spoil, says: str) -> None:
    refusal(layouts.neighbours(), tmp_path, spoil, says)


def test_a_text_file_that_breaks_off_inside_its_last_number_is_refused(tmp_path: Path) -> None:
    draft = layouts.low_income_dwp()
    path = draft.save(tmp_path)
    path.write_bytes(path.read_bytes()[:-2])
    store = Store(layouts.DATA)
    with pytest.raises(BadFigures, match="a line that breaks off"):
        READERS["low-income"](path, read_register(store)[draft.source], council_index(store))
