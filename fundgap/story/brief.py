"""A council on one screen: who it is, its judgements, spend, gap, share of a fund, partners; each figure with its limits."""

from dataclasses import dataclass, replace
from textwrap import fill

import pandas as pd

from fundgap.data.councils import resolve
from fundgap.data.store import Store, default_store
from fundgap.errors import NoData
from fundgap.shown import Shown
from fundgap.story.brief_inputs import BriefInputs, shared_inputs
from fundgap.story.brief_rows import Row, frame_of, paragraph
from fundgap.story.brief_sections import flag_rows, gap_rows, inspection_rows, partner_rows, pledge_rows, spend_rows, volume_rows, who_rows

SECTIONS = {
    "who": "Who it is",
    "inspections": "Inspections",
    "spend": "Gross spend a child",
    "volume and price": "Looked-after children: numbers and cost",
    "gap": "Gap",
    "pledge": "A fund of the pledge's size",
    "partners": "Most like it among the good and outstanding",
    "flags": "To be known about its figures",
}
LIMITS = {
    "inspections": "A judgement is of its day; frameworks before November 2013 asked other things, and their grades are not like for like.",
    "spend": "What the council returned (gross, without capital financed from revenue). Expected: what councils with its deprivation, low "
    "income and region spend; spend below or above is no saving and no waste.",
    "volume and price": "Cost is the year's spend over the children of its last day; it holds adoption and leaving care and is no price "
    "of a placement. The parts say what goes with what, not why.",
    "gap": "Rise in need beyond the rise in funding, gross, if the recent trend of England goes on at the council's own mix of spend while "
    "funding keeps its real value and prices rise by 2% a year (assumed): no measure of its finances and no forecast; a shortfall there "
    "already is not in it. The range holds chance about the trend, not whether trend and funding are right. Below 0: no gap.",
    "pledge": "Nobody has said how the pledge of 2017 (up to £20m, years not stated) was shared: this is arithmetic with a sum of its "
    "size, in one year, on the figures of now. A fund's size is not its worth.",
    "partners": "Whether a council has room to help, and wants to, is in no figure: ask.",
}
_WIDTH, _CLAUSES = 118, 3


@dataclass(frozen=True)
class CouncilBrief(Shown):
    """What is known of a council, for one screen or two pages.

    Parameters
    ----------
    council, council_name, region
        ONS code, name, region.
    latest
        The latest financial year of spend.
    figures
        One row a figure: section, figure (what it is), period, value, low, high (missing where there is no range), unit, prices
        (price basis), text (a grade or a name; else ""), source, note. Where a figure is missing `value` is, and `note` says why.
    """

    council: str
    council_name: str
    region: str
    latest: str
    figures: pd.DataFrame

    def of(self, section: str) -> list[Row]:
        """Return the rows of a section: "who", "inspections", "spend", "volume and price", "gap", "pledge", "partners", "flags"."""
        return [Row(*values) for values in self.figures[self.figures["section"] == section].itertuples(index=False)]

    def to_frame(self) -> pd.DataFrame:
        """Return the figures."""
        return self.figures

    def __str__(self) -> str:
        """Return the brief on a screen."""
        lines = [f"{self.council_name} ({self.council}): figures to {self.latest}; money of {self.latest} prices unless it says cash"]
        for section, title in SECTIONS.items():
            rows = self.of(section)
            # On a screen partners are told of briefly; the table has all that is known of their likeness.
            if section == "partners":
                rows = [replace(row, note="; ".join(row.note.split("; ")[:_CLAUSES])) if row.text else row for row in rows]
            limit = f" [{LIMITS[section]}]" if section in LIMITS else ""
            lines.append(fill(f"{title.upper()}. {paragraph(rows)}.{limit}", _WIDTH, initial_indent=" ", subsequent_indent="   "))
        return "\n".join(lines)


def council(name: str | int, *, store: Store | None = None, inputs: BriefInputs | None = None) -> CouncilBrief:
    """Return a council's brief: every figure with year, price basis, range, source, and what limits it.

    Parameters
    ----------
    name
        A council by name, ONS code or DfE number.
    inputs
        What all briefs share, kept from brief to brief; of the store unless given.

    Returns
    -------
    CouncilBrief

    Raises
    ------
    UnknownCouncil
        With near names.
    NoData
        For a council that was abolished, with the councils that came after it.

    Examples
    --------
    Kirklees was judged inadequate in November 2016, and good in August 2024:

    >>> import fundgap as fg
    >>> brief = fg.council("Kirklees")
    >>> [row.text for row in brief.of("inspections")][-3:]
    ['Inadequate', 'Requires improvement', 'Good']
    """
    store = store or default_store()
    inputs = inputs or shared_inputs(store)
    code = resolve(name, store=store)
    entry = inputs.register.loc[code]
    if isinstance(entry["last_year"], str):
        after = " or ".join(inputs.register.loc[str(entry["successors"]).split(), "council_name"])
        raise NoData(f"{entry['council_name']} was abolished after {entry['last_year']}. There are briefs of {after}.")
    makers = (who_rows, inspection_rows, spend_rows, volume_rows, gap_rows, pledge_rows, partner_rows, flag_rows)
    rows = [row for make in makers for row in make(code, inputs)]
    return CouncilBrief(code, str(entry["council_name"]), str(entry["region"]), inputs.latest, frame_of(rows))
