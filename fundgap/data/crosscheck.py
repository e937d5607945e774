"""Section 251 against Revenue Outturn RO3: two returns of the same spending, compared council by council and year by year.

What is compared with what:

- From 2014-15 both totals are of the same services, and six lines carry the same name.
- From 2011-12 to 2013-14 RO3's total is without Sure Start and services for young people: they are taken off Section 251's.
- Until 2010-11 RO3 has no total for children; it is the sum of the three lines it has, and Section 251 is taken without
  Sure Start and services for young people, where it has them.
"""

from collections.abc import Sequence

import pandas as pd

from fundgap.data.councils import councils
from fundgap.data.store import Store, default_store
from fundgap.data.vintages import raw_table

# Lines of the same name in both returns; "other" is not: RO3's is two to four times Section 251's.
COMPARED_LINES = ("looked_after", "safeguarding", "family_support", "sure_start", "young_people", "youth_justice")
SAME_SERVICES_SINCE = "2014-15"
_NOT_IN_RO3_BEFORE = ("sure_start", "young_people")
_SUM_UNTIL_2010 = ("strategy_until_2010", "asylum_seekers", "all_other_until_2010")
_MEASURES = {"gross": "gross_gbp", "net": "net_gbp"}
_CLOSE = 0.05
_FAR = 0.15
# A share of England this far from the council's own in other years is more likely a slip, or a service run by a trust, than a policy.
_OUT_OF_LINE = 0.25
_PERSISTENT_SHARE = 0.75
_PERSISTENT_YEARS = 4
_KEY = ["council", "financial_year"]
SPEND_OUT_OF_LINE = "Section 251 is out of line with the council's other years"
RO3_OUT_OF_LINE = "Revenue Outturn is out of line with the council's other years"


def compare_spend(store: Store | None = None, *, prefer: str | Sequence[str] = ()) -> pd.DataFrame:
    """Compare Section 251 with Revenue Outturn RO3 for every council, year and figure that both can have.

    Parameters
    ----------
    prefer
        Ids of releases that win over later ones, as in `raw_table`.

    Returns
    -------
    pandas.DataFrame
        One row a council, year and figure: council, council_name, financial_year, figure ("total" or a line), measure
        ("gross" or "net"), section251_gbp, revenue_outturn_gbp, difference_gbp (Revenue Outturn less Section 251),
        difference_share (of Section 251), and `why`: what is known about the difference, "" where nothing is.
        A return that was not made is a blank figure, and a blank difference.

    Examples
    --------
    >>> import fundgap as fg
    >>> totals = fg.compare_spend().query("figure == 'total' and measure == 'gross' and financial_year == '2024-25'")
    >>> both = totals[totals["council_name"] == "Liverpool"]
    >>> both[["section251_gbp", "revenue_outturn_gbp"]].div(1e6).round(1).to_numpy().tolist()
    [[95.8, 227.4]]
    """
    store = store or default_store()
    spend, outturn = (raw_table(name, prefer=prefer, store=store) for name in ("spend", "revenue_outturn"))
    table = comparison(spend, outturn)
    table.insert(1, "council_name", table["council"].map(councils(store).set_index("council")["council_name"]))
    return table


def comparison(spend_rows: pd.DataFrame, outturn_rows: pd.DataFrame, lines: Sequence[str] = COMPARED_LINES) -> pd.DataFrame:
    """Compare rows of the raw tables spend and revenue_outturn, of one release in each year; see `compare_spend`.

    Parameters
    ----------
    lines
        Those to compare beside the total, whose rows are the same with any of them.
    """
    spend, outturn = _wide(spend_rows, "category"), _wide(outturn_rows, "line")
    years = set.intersection(*({year for _, year in table["gross"].index} for table in (spend, outturn)))
    parts = []
    for measure in _MEASURES:
        section251, ro3 = _section251_total(spend[measure]), _ro3_total(outturn[measure])
        parts.append(_pair(section251, ro3).assign(figure="total", measure=measure))
        for line in lines:
            if line in spend[measure] and line in outturn[measure]:
                pair = _pair(spend[measure][line], outturn[measure][line])
                parts.append(pair[pair["financial_year"] >= SAME_SERVICES_SINCE].assign(figure=line, measure=measure))
    table = pd.concat(parts, ignore_index=True)
    # LAIT publishes no net: a measure that a year does not have in both is not compared, a council's missing return is shown.
    held = table.groupby(["financial_year", "figure", "measure"])[["section251_gbp", "revenue_outturn_gbp"]].transform("count")
    table = table[table["financial_year"].isin(years) & (held > 0).all(axis=1)].reset_index(drop=True)
    table["difference_gbp"] = table["revenue_outturn_gbp"] - table["section251_gbp"]
    table["difference_share"] = (table["difference_gbp"] / table["section251_gbp"]).where(table["section251_gbp"] > 0)
    table["why"] = _why(table)
    order = [*_KEY, "figure", "measure"]
    order += ["section251_gbp", "revenue_outturn_gbp", "difference_gbp", "difference_share", "why"]
    return table[order].sort_values(["financial_year", "figure", "measure", "council"], ignore_index=True)


def compare_spend_by_year(comparison: pd.DataFrame) -> pd.DataFrame:
    """Sum up a comparison: England over the councils with both figures, and how close councils are.

    Returns
    -------
    pandas.DataFrame
        One row a year, figure and measure: councils (with both figures), section251_gbp and revenue_outturn_gbp (their sums),
        ratio (Revenue Outturn to Section 251), median_ratio of the councils, within_1_percent and within_5_percent (shares of councils).

    Examples
    --------
    >>> import fundgap as fg
    >>> england = fg.compare_spend_by_year(fg.compare_spend()).query("figure == 'total' and measure == 'gross'").set_index("financial_year")
    >>> england.loc[["2016-17", "2024-25"], "ratio"].round(2).tolist()
    [1.0, 1.05]
    """
    both = comparison.dropna(subset=["difference_gbp"])
    share = both["difference_share"].abs()
    both = both.assign(
        ratio=1 + both["difference_share"], within_1_percent=(share <= 0.01).astype(float), within_5_percent=(share <= _CLOSE).astype(float)
    )
    grouped = both.groupby(["financial_year", "figure", "measure"])
    table = grouped.agg(
        councils=("council", "size"),
        section251_gbp=("section251_gbp", "sum"),
        revenue_outturn_gbp=("revenue_outturn_gbp", "sum"),
        median_ratio=("ratio", "median"),
        within_1_percent=("within_1_percent", "mean"),
        within_5_percent=("within_5_percent", "mean"),
    ).reset_index()
    table.insert(6, "ratio", table["revenue_outturn_gbp"] / table["section251_gbp"])
    return table


def _wide(rows: pd.DataFrame, column: str) -> dict[str, pd.DataFrame]:
    """Return a raw table's figures by measure, one column a category or line."""
    return {measure: rows.pivot(index=_KEY, columns=column, values=value) for measure, value in _MEASURES.items()}


def _section251_total(spend: pd.DataFrame) -> pd.Series:
    """Return Section 251's total of the services that RO3's has in the same year."""
    total = spend["gross_spend"].copy()
    year = spend.index.get_level_values("financial_year")
    for category in _NOT_IN_RO3_BEFORE:
        if category in spend:
            # A year in which no council has the line (Sure Start before 2010-11) has none in its total either.
            in_year = spend[category].groupby(level="financial_year").transform("count") > 0
            total = total.where((year >= SAME_SERVICES_SINCE) | ~in_year, total - spend[category])
    return total


def _ro3_total(outturn: pd.DataFrame) -> pd.Series:
    total = outturn["total"] if "total" in outturn else pd.Series(float("nan"), index=outturn.index)
    parts = [line for line in _SUM_UNTIL_2010 if line in outturn]
    if len(parts) < len(_SUM_UNTIL_2010):
        return total
    has_no_total = total.groupby(level="financial_year").transform("count") == 0
    return total.where(~has_no_total, outturn[parts].sum(axis=1, skipna=False))


def _pair(section251: pd.Series, ro3: pd.Series) -> pd.DataFrame:
    both = pd.concat([section251.rename("section251_gbp"), ro3.rename("revenue_outturn_gbp")], axis=1)
    return both.reset_index()


def _why(table: pd.DataFrame) -> pd.Series:
    """Return what is known about each difference: the first reason that holds."""
    share = table["difference_share"].abs()
    total = table[table["figure"] == "total"].set_index([*_KEY, "measure"])["difference_share"].abs()
    keys = pd.MultiIndex.from_frame(table[[*_KEY, "measure"]])
    total_is_close = pd.Series(total.reindex(keys).to_numpy(), index=table.index) <= _CLOSE
    s251_away, ro3_away = _away_from_own(table, "section251_gbp"), _away_from_own(table, "revenue_outturn_gbp")
    is_far = share > _FAR
    reasons = (
        (table["section251_gbp"].isna() & table["revenue_outturn_gbp"].isna(), "no figure in either return"),
        (table["section251_gbp"].isna(), "no figure in Section 251"),
        (table["revenue_outturn_gbp"].isna(), "no figure in Revenue Outturn"),
        ((table["section251_gbp"] <= 0) & (table["revenue_outturn_gbp"] <= 0), "neither return has any"),
        (table["revenue_outturn_gbp"] <= 0, "Revenue Outturn has nothing on this line"),
        (table["section251_gbp"] <= 0, "Section 251 has nothing on this line"),
        ((table["figure"] != "total") & (share > _CLOSE) & total_is_close, "on other lines of the return: the totals agree within 5%"),
        (is_far & (s251_away > _OUT_OF_LINE) & (s251_away > ro3_away), SPEND_OUT_OF_LINE),
        (is_far & (ro3_away > _OUT_OF_LINE) & (ro3_away > s251_away), RO3_OUT_OF_LINE),
        ((share > _CLOSE) & _is_persistent(table), "the same way in most years: the council's own practice"),
    )
    why = pd.Series("", index=table.index)
    for holds, reason in reversed(reasons):
        why = why.mask(holds, reason)
    return why


def _away_from_own(table: pd.DataFrame, column: str) -> pd.Series:
    """Return how far a council's share of all councils' figure is from its own median share over the years, as a ratio less one."""
    of_year = table.groupby(["financial_year", "figure", "measure"])[column].transform("sum")
    share = table[column] / of_year
    own = share.groupby([table["council"], table["figure"], table["measure"]]).transform("median")
    return (share / own - 1).abs()


def _is_persistent(table: pd.DataFrame) -> pd.Series:
    """Return whether a difference has the same sign, and more than 5%, in most of the council's years."""
    grouped = [table["council"], table["figure"], table["measure"]]
    is_far = table["difference_share"].abs() > _CLOSE
    years = table["difference_share"].notna().groupby(grouped).transform("sum")
    same = pd.Series(False, index=table.index)
    for sign in (1, -1):
        has_sign = is_far & (table["difference_share"] * sign > 0)
        often = has_sign.groupby(grouped).transform("sum") >= _PERSISTENT_SHARE * years
        same |= has_sign & often & (years >= _PERSISTENT_YEARS)
    return same
