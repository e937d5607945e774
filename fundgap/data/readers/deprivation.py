"""English Indices of Deprivation, upper-tier summaries (MHCLG): average score and rank of each council, IMD and IDACI."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, cut_table, workbook_rows
from fundgap.data.sources import Release, layout_of


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"deprivation": council, vintage, index_name, average_score, rank_of_average_score, source}.

    Rank 1 is the most deprived, as published; deciles are made, and turned, in the panel.

    Raises
    ------
    BadFigures
        With every fault: an unknown council, a missing one, text in a number, ranks that do not follow the scores.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = layout_of(release, tomllib.loads(files(__package__).joinpath("deprivation.toml").read_text("utf-8")))
    tables = []
    for index_name, heading in layout["heading"].items():
        columns = {
            "code": layout["code"],
            "name": layout["name"],
            "average_score": f"{heading} - Average score",
            "rank_of_average_score": f"{heading} - Rank of average score",
        }
        name, rows = workbook_rows(path, index_name, faults)
        sheet = cut_table(name, rows, 1, columns, faults)
        table = _table(sheet, index)
        _check(table, sheet, layout["councils"])
        tables.append(table.assign(vintage=release.layout, index_name=index_name))
    faults.raise_if_any()
    return {"deprivation": pd.concat(tables, ignore_index=True).assign(is_derived=False, source=release.id)}


def _table(sheet: Sheet, index: CouncilIndex) -> pd.DataFrame:
    rows = sheet.cells.index
    return pd.DataFrame(
        {
            "council": councils_of(sheet, rows, index, key="code", name="name"),
            "average_score": sheet.numbers("average_score", rows),
            "rank_of_average_score": sheet.numbers("rank_of_average_score", rows),
        }
    )


def _check(table: pd.DataFrame, sheet: Sheet, expected: int) -> None:
    where = f"sheet '{sheet.name}'"
    for row in table.index[table["council"].duplicated() & (table["council"] != "")]:
        sheet.faults.add(sheet.place(row, "code"), "a council a second time", "each council once")
    if len(table) != expected:
        sheet.faults.add(where, f"{len(table)} rows", f"{expected} councils, one row each")
    by_rank = table.sort_values("rank_of_average_score")["average_score"]
    for row in by_rank.index[by_rank.diff() > 0]:
        sheet.faults.add(
            sheet.place(row, "rank_of_average_score"), table.at[row, "rank_of_average_score"], "ranks that follow the scores, 1 the highest"
        )
