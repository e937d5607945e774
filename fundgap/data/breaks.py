"""Where a series breaks: what changed in a definition, from which year on, and how many pounds it moved."""

import pandas as pd

from fundgap.data import schemas
from fundgap.data.store import Store, default_store
from fundgap.data.tables import CATEGORIES, Column, Table

MEASURES = ("gross", "net")
DEFINITION_BREAKS = Table(
    "definition_breaks",
    ("series", "category", "measure", "first_year_after"),
    (
        Column("series", "text", "Raw table that holds the series", allowed=("spend",)),
        Column("category", "text", "Category of spend; gross_spend is the total", allowed=CATEGORIES),
        Column("measure", "text", "Gross expenditure, or net of income", allowed=MEASURES),
        Column("first_year_after", "year", "First financial year under the new definition"),
        Column("is_comparable", "flag", "Figures before and after may be compared, as they stand in the series"),
        Column(
            "change_gbp",
            "amount",
            "What entered (+, in the first year after) or left (-, in the last year before) England's figure; blank = not known",
            "£, cash",
            required=False,
        ),
        Column("what", "text", "What changed"),
    ),
)


def definition_breaks(store: Store | None = None) -> pd.DataFrame:
    """Return the register of changed definitions, one row a series, category, measure and year.

    Rows with `is_comparable` are changes of the official forms that the series here has been put right for, or that move
    little: they are on record so that nobody has to find them again.

    Returns
    -------
    pandas.DataFrame
        `series`, `category`, `measure`, `first_year_after`, `is_comparable`, `change_gbp`, `what`.

    Raises
    ------
    BadFigures
        When the register, which is written by hand, does not fit its schema.

    Examples
    --------
    >>> import fundgap as fg
    >>> breaks = fg.definition_breaks()
    >>> apart = breaks[~breaks["is_comparable"]]
    >>> "sure_start" in set(apart["category"])
    True
    """
    return schemas.load_checked((store or default_store()).raw / "definition_breaks.csv", DEFINITION_BREAKS)
