"""What was done about councils in trouble, and who was named fit to help: two registers written by hand, each row with its source."""

import pandas as pd

from fundgap.data import schemas
from fundgap.data.councils import councils
from fundgap.data.store import Store, default_store
from fundgap.data.tables import COUNCIL, Column, Table
from fundgap.errors import BadFigures, Fault

KINDS = ("trust", "company", "shared company", "commissioner", "partnership", "advisers")
PRECISIONS = ("day", "month", "year", "no later than")
_WHERE_FROM = Column("source", "text", "Page or article that says so")
INTERVENTIONS = Table(
    "interventions",
    ("council", "kind", "started_on"),
    (
        COUNCIL,
        Column(
            "kind",
            "text",
            "trust: services moved out of the council by order or agreement; company: the same, owned by the council; "
            "shared company: owned by several councils; commissioner: named by government; "
            "partnership: another council's help; advisers: lighter help of others",
            allowed=KINDS,
        ),
        Column(
            "started_on",
            "date",
            "First day; the 1st where only the month is known, 31 December where only the year: a grade of that year came before it",
        ),
        Column("precision", "text", "How exactly the start is known", allowed=PRECISIONS),
        Column("ended_on", "date", "Last day, where it is known to have ended", required=False),
        Column("partner", "text", "Vehicle, person or council"),
        Column("partner_councils", "text", "Councils that helped or share it, ONS codes joined by blanks", required=False),
        Column("money_gbp", "amount", "Sum that the source names; blank = none read", "£, cash", required=False),
        Column("money_for", "text", "What the sum was for", required=False),
        _WHERE_FROM,
        Column("is_checked", "flag", "The start stands in the source as given; otherwise it wants checking before it carries weight"),
    ),
)
HELPERS = Table(
    "helpers",
    ("council", "role", "named_on"),
    (
        COUNCIL,
        Column("role", "text", "What the council was named as", allowed=("Partner in Practice",)),
        Column("named_on", "date", "When, as exactly as `precision` says"),
        Column("precision", "text", "How exactly the day is known", allowed=PRECISIONS),
        _WHERE_FROM,
    ),
)


def interventions(store: Store | None = None) -> pd.DataFrame:
    """Return the register of interventions, one row a council, kind and start.

    It holds what a handful of articles of 2014 to 2018 named, completed from public pages; it is no list of all interventions. A council
    without a row may have had one.

    Returns
    -------
    pandas.DataFrame
        council, council_name, kind, started_on, precision, ended_on, partner, partner_councils, money_gbp (cash), money_for, source,
        is_checked.

    Raises
    ------
    BadFigures
        When the register, which is written by hand, does not fit its schema, or names councils that there are not.

    Examples
    --------
    >>> import fundgap as fg
    >>> register = fg.interventions()
    >>> register.loc[register["kind"] == "trust", "council_name"].unique().tolist()
    ['Slough', 'Doncaster', 'Birmingham', 'Sandwell']
    """
    store = store or default_store()
    table = _named(INTERVENTIONS, store)
    known = set(councils(store)["council"])
    partners = table["partner_councils"].fillna("").str.split()
    faults = [
        Fault(f"interventions.csv, row {row}, column 'partner_councils'", code, "an ONS code of councils.csv")
        for row, codes in partners.items()
        for code in codes
        if code not in known
    ]
    if faults:
        raise BadFigures("interventions.csv names partners that are no councils", faults)
    return table


def helpers(store: Store | None = None) -> pd.DataFrame:
    """Return the councils named fit to help others: council, council_name, role, named_on, precision, source.

    Raises
    ------
    BadFigures
        When the register, which is written by hand, does not fit its schema, or names councils that there are not.

    Examples
    --------
    The Partners in Practice of December 2015:

    >>> import fundgap as fg
    >>> len(fg.helpers())
    9
    """
    return _named(HELPERS, store or default_store())


def _named(table: Table, store: Store) -> pd.DataFrame:
    """Return one of the two registers with the councils' names."""
    rows = schemas.load_checked(store.raw / f"{table.name}.csv", table)
    names = councils(store).set_index("council")["council_name"]
    unknown = rows[~rows["council"].isin(names.index)]
    if len(unknown):
        faults = [
            Fault(f"{table.name}.csv, row {row}, column 'council'", code, "an ONS code of councils.csv")
            for row, code in unknown["council"].items()
        ]
        raise BadFigures(f"{table.name}.csv names councils that there are not", faults)
    rows.insert(1, "council_name", rows["council"].map(names))
    return rows
