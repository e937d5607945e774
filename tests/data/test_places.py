"""Deprivation, younger children and projected children: what stands in the files comes out, and fits what is beside it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import layouts
import pandas as pd
import pytest

from fundgap.data.councils import council_index
from fundgap.data.ingest import ingest
from fundgap.data.raw_tables import INDICES, RAW
from fundgap.data.readers import READERS
from fundgap.data.reconcile import check_totals
from fundgap.data.sources import read_register
from fundgap.data.store import Store, read_table
from fundgap.data.vintages import current
from fundgap.errors import BadFigures

Read = Callable[[layouts.Draft], dict[str, pd.DataFrame]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that writes a draft and reads it as its release."""
    store = Store(layouts.DATA)

    def read_draft(draft: layouts.Draft) -> dict[str, pd.DataFrame]:
        release = read_register(store)[draft.source]
        return READERS[release.reader](draft.save(tmp_path), release, council_index(store))

    return read_draft


@pytest.mark.parametrize(("vintage", "in_force", "count"), [("IoD2015", "2013-14", 152), ("IoD2019", "2019-20", 151)])
def test_deprivation_gives_score_rank_and_share_of_every_council_in_all_ten_indices(
    read: Read, vintage: str, in_force: str, count: int
) -> None:
    table = read(layouts.deprivation(vintage))["deprivation"]
    expected = {
        (code, vintage, index, layouts.deprivation_score(index, rank), rank, layouts.deprived_share(rank), False, vintage.lower())
        for rank, (code, _) in enumerate(layouts.councils_in(in_force), 1)
        for index in INDICES
    }
    assert set(table[RAW["deprivation"].names].itertuples(index=False, name=None)) == expected
    assert len(table) == 10 * count


def test_scores_that_have_slipped_a_row_are_refused_beside_a_vintage_on_record(bare_store: Store, tmp_path: Path) -> None:
    draft = layouts.deprivation_scores()
    ingest(draft.save(tmp_path), draft.source, bare_store)
    column = draft.column("imd")
    scores = [row[column] for row in draft.rows[1:]]
    for row, score in zip(draft.rows[1:], scores[1:] + scores[:1], strict=True):
        row[column] = score
    with pytest.raises(BadFigures, match=r"IMD: found councils in quite another order than in IoD2025") as caught:
        ingest(draft.save(tmp_path), draft.source, bare_store)
    assert len(caught.value.faults) == 1


def test_average_scores_alone_come_without_rank_or_share(read: Read) -> None:
    table = read(layouts.deprivation_scores())["deprivation"]
    expected = {
        (code, "IoD2025", index, layouts.deprivation_score(index, layouts.scattered(rank)), False)
        for rank, (code, _) in enumerate(layouts.councils_in("2024-25"), 1)
        for index in INDICES
    }
    assert set(table[["council", "vintage", "index_name", "average_score", "is_derived"]].itertuples(index=False, name=None)) == expected
    assert not {"rank_of_average_score", "share_in_most_deprived_tenth"} & set(table)


def test_scores_worked_out_for_new_councils_say_so_and_live_beside_the_published_ones(bare_store: Store, tmp_path: Path) -> None:
    published, derived = layouts.deprivation(), layouts.new_unitaries()
    for draft in (published, derived):
        ingest(draft.save(tmp_path), draft.source, bare_store)
    table = read_table(bare_store.raw / "deprivation.csv")
    held = table[table["is_derived"] == "True"]
    assert set(held[["council", "index_name", "average_score"]].itertuples(index=False, name=None)) == {
        (code, index, f"{score:g}")
        for code, _, children, overall, _ in layouts.NEW_UNITARIES
        for index, score in (("IDACI", children), ("IMD", overall))
    }
    assert set(held["vintage"]) == {"IoD2019"}
    assert held[["rank_of_average_score", "share_in_most_deprived_tenth"]].isna().all(axis=None)
    release = read_register(bare_store)["iod2019-new-unitaries"]
    assert "derived" in release.publisher
    assert "not published" in release.title
    # Neither takes the other's place.
    assert len(current(table, RAW["deprivation"], read_register(bare_store))) == len(table) == 10 * 151 + 8


def test_younger_children_are_those_of_the_areas_named_in_every_year(read: Read) -> None:
    table = read(layouts.population_0_16())["children_0_16"].set_index(["council", "year"])["children_0_16"]
    expected = {
        (code, year): layouts.children_0_16_of(place, year)
        for place, (code, _) in enumerate(layouts.councils_in("2021-22"), 1)
        for year in range(2009, 2022)
    }
    assert table.to_dict() == expected
    # North Northamptonshire is in the file in years before it was made; the county it came from is not.
    assert ("E06000061", 2009) in table.index
    assert "E10000021" not in table.index.get_level_values("council")


def test_projected_children_are_three_age_groups_and_three_fifths_of_the_fourth(read: Read) -> None:
    tables = read(layouts.projection())
    table = tables["projected_children"].set_index(["council", "year"])["children"]
    # Hartlepool stands first: 10,010 + 10,011 + 10,012 + 0.6 x 10,013 in 2018, half a person more in each group a year later.
    assert table["E06000001", 2018] == pytest.approx(36_040.8)
    assert table["E06000001", 2019] == pytest.approx(36_040.8 + 3.6 * 0.5)
    assert set(table.index.get_level_values("council")) == {code for code, _ in layouts.councils_in("2018-19")}
    assert len(table) == 152 * 26
    totals = tables["published_totals"].set_index(["area", "period"])["value"]
    # 152 councils, whose places add up to 152 x 153 / 2 = 11,628.
    assert totals["E92000001", "2018"] == pytest.approx(152 * (30_003 + 6_001.8) + 11_628 * 36)
    assert len(totals) == 10 * 26


def test_a_council_since_recoded_is_known_by_the_code_of_the_projection(read: Read) -> None:
    draft = layouts.projection()
    assert set(layouts.OLD_CODES.values()) <= {row[1] for row in draft.rows}
    assert set(layouts.OLD_CODES) <= set(read(draft)["projected_children"]["council"])


def test_totals_of_projected_children_stay_checked_once_taken_in(bare_store: Store, tmp_path: Path) -> None:
    draft = layouts.projection()
    ingest(draft.save(tmp_path), draft.source, bare_store)
    path = bare_store.raw / "projected_children.csv"
    assert check_totals_of(bare_store)
    path.write_text(path.read_text("utf-8").replace("36040.8", "46040.8", 1), "utf-8")
    assert not check_totals_of(bare_store)


def check_totals_of(store: Store) -> bool:
    totals = check_totals(store)
    assert len(totals) == 260
    return bool(totals["agrees"].all())


# Tables beside each other -----------------------------------------------------------------------------------------------


def write_counts(store: Store, table: str, column: str, rows: list[tuple[str, int, float]]) -> None:
    text = "".join(f"{council},{year},{count},elsewhere\n" for council, year, count in rows)
    (store.raw / f"{table}.csv").write_text(f"council,year,{column},source\n{text}", "utf-8")


# The first council has 50,010 children under seventeen in 2009, 300 more in 2012, 900 more in 2018.
@pytest.mark.parametrize(
    ("table", "year", "beside", "is_taken"),
    [
        ("children", 2012, 50_310 / 0.91, True),
        ("children", 2012, 50_310 / 0.89, False),
        ("children", 2012, 50_310 / 0.99, True),
        ("children", 2012, 50_310 / 1.01, False),
        ("children", 2021, 49_210 * 2, False),
        # Not held to it: the two series drift apart between censuses.
        ("children", 2018, 50_910 / 1.3, True),
        ("projected_children", 2018, 50_910 / 0.86, True),
        ("projected_children", 2018, 50_910 / 0.84, False),
        ("projected_children", 2018, 50_910 / 1.0, False),
    ],
)
def test_younger_children_are_held_to_the_children_beside_them(
    bare_store: Store, tmp_path: Path, table: str, year: int, beside: float, is_taken: bool
) -> None:
    write_counts(bare_store, table, "children", [("E06000001", year, round(beside))])
    draft = layouts.population_0_16()
    path = draft.save(tmp_path)
    if is_taken:
        assert ingest(path, draft.source, bare_store).is_written
        return
    with pytest.raises(BadFigures, match="E06000001") as caught:
        ingest(path, draft.source, bare_store)
    assert f"{round(beside):,}" in str(caught.value)
    assert len(caught.value.faults) == 1


def test_the_tiny_councils_are_held_to_nothing_beside_them(bare_store: Store, tmp_path: Path) -> None:
    write_counts(bare_store, "children", "children", [("E09000001", 2012, 5), ("E06000053", 2012, 5)])
    draft = layouts.population_0_16()
    assert ingest(draft.save(tmp_path), draft.source, bare_store).is_written


@pytest.mark.parametrize(("estimate", "is_taken"), [(36_040.8 * 0.66, True), (36_040.8 * 0.64, False), (36_040.8 * 1.11, False)])
def test_projected_children_are_held_to_the_estimate_of_the_first_year(
    bare_store: Store, tmp_path: Path, estimate: float, is_taken: bool
) -> None:
    write_counts(bare_store, "children", "children", [("E06000001", 2018, round(estimate))])
    draft = layouts.projection()
    path = draft.save(tmp_path)
    if is_taken:
        assert ingest(path, draft.source, bare_store).is_written
    else:
        with pytest.raises(BadFigures, match="E06000001"):
            ingest(path, draft.source, bare_store)


def test_two_releases_of_projections_live_side_by_side_and_one_counts(bare_store: Store, tmp_path: Path) -> None:
    draft = layouts.projection()
    ingest(draft.save(tmp_path), draft.source, bare_store)
    table = read_table(bare_store.raw / "projected_children.csv")
    register = read_register(bare_store)
    register = {"snpp-2018": replace(register["snpp-2018"], published="2020-01-01")}
    register["snpp-later"] = replace(register["snpp-2018"], id="snpp-later", published="2025-01-01")
    both = pd.concat([table, table.head(5).assign(source="snpp-later")])
    assert set(current(both, RAW["projected_children"], register)["source"]) == {"snpp-later"}
