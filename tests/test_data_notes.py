"""Sentences of docs/data-notes.md, made again from the figures: each has to stand there word for word."""

import re
import tomllib
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest

import fundgap as fg

ROOT = Path(__file__).resolve().parents[1]
LAIT, ENGLAND = "lait-2026-01", "E92000001"
TOTAL = "gross_spend"


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@cache
def notes() -> str:
    return plain((ROOT / "docs/data-notes.md").read_text("utf-8"))


@cache
def years() -> pd.DataFrame:
    return fg.council_years().set_index(["council_name", "financial_year"])


@cache
def england() -> pd.Series:
    """Return the sums of councils in £m, by category and year, of the release that counts."""
    spend = fg.raw_table("spend")
    return spend.groupby(["category", "financial_year"])["gross_gbp"].sum() / 1e6


@cache
def every_release() -> pd.DataFrame:
    return fg.raw_table("spend", every_release=True)


@cache
def released(source: str, year: str, category: str = TOTAL) -> float:
    spend = every_release()
    chosen = spend[(spend["source"] == source) & (spend["financial_year"] == year) & (spend["category"] == category)]
    return float(chosen["gross_gbp"].sum())


@cache
def totals() -> pd.DataFrame:
    return fg.check_totals()


@cache
def published(figure: str, period: str, area: str = ENGLAND) -> float:
    table = totals()
    chosen = table[(table["figure"] == figure) & (table["period"] == period) & (table["area"] == area) & (table["source"] == LAIT)]
    return float(chosen["published"].iloc[0])


@cache
def comparison() -> pd.DataFrame:
    return fg.compare_spend()


@cache
def both_returns() -> pd.DataFrame:
    return comparison().query("figure == 'total' and measure == 'gross'")


@cache
def ratios() -> pd.DataFrame:
    table = fg.compare_spend_by_year(comparison()).query("figure == 'total'")
    return table.pivot(index="financial_year", columns="measure", values="ratio")


def pounds(council: str, year: str, column: str = "gross_spend_gbp") -> str:
    return f"£{years().loc[(council, year), column] / 1e6:.1f}m"


def other_return(council: str, year: str) -> str:
    found = both_returns().query("council_name == @council and financial_year == @year")
    return f"£{found['revenue_outturn_gbp'].iloc[0] / 1e6:.1f}m"


def around(council: str, year: str, column: str) -> str:
    """Return a figure between those of the years beside it, the lower first: "£90.3m between £12.2m and £16.0m"."""
    first = int(year[:4])
    beside = sorted(years().loc[(council, f"{one}-{(one + 1) % 100:02d}"), column] / 1e6 for one in (first - 1, first + 1))
    return f"{pounds(council, year, column)} between £{beside[0]:.1f}m and £{beside[1]:.1f}m"


def slough() -> str:
    row = fg.revisions("spend").query("kind == 'changed'").iloc[0]
    return (
        f"Slough's total in LAIT is £{row['before']:,.0f}, which is £{row['after'] - row['before']:,.0f} below the sum of its own parts "
        f"(exactly its youth justice line) and below the workbook's £{row['after']:,.0f}"
    )


def sixty_millions() -> str:
    lait, workbook = published(TOTAL, "2017-18"), released("s251ye2018", "2017-18")
    difference = f"The difference of £{lait - workbook:,.0f} is two things"
    return f"England £{lait:,.0f}; the release's own workbook adds up to £{workbook:,.0f}. {difference}"


def luton() -> str:
    parts = england().index.get_level_values("category").unique().drop(TOTAL)
    return f"they differ by £{sum(published(part, '2022-23') for part in parts) - published(TOTAL, '2022-23'):,.0f}"


def agreed() -> str:
    both = fg.revision_summary("spend")
    both = both[both["release_after"].isin(["s251ye2017", "s251ye2018", "s251ye2019"]) & (both["release_before"] == LAIT)]
    return f"on all {both['both'].sum():,} figures of 2016-17 to 2018-19 that both hold (152 councils, eight categories, three years)"


def accepted() -> str:
    register = tomllib.loads((ROOT / "data/raw/sources.toml").read_text("utf-8"))
    count = Counter(name.split(":")[0] for entry in register.values() for name in entry.get("accepted", []))
    return (
        f"On record are {count.total()} as accepted ({count['spend']} of spend, {count['revenue_outturn']} of RO3, "
        f"{count['indicators']} of indicators, {count['children_0_16']} of children aged 0-16)"
    )


def england_by_two_returns() -> str:
    by = ratios()["gross"].map("{:.2f}".format)
    last = both_returns().query("financial_year == '2024-25'").dropna(subset=["section251_gbp", "revenue_outturn_gbp"])
    ro3, section251 = (last[column].sum() / 1e6 for column in ("revenue_outturn_gbp", "section251_gbp"))
    assert by["2012-13"] == by["2013-14"]
    assert by["2015-16"] == by["2016-17"]
    assert by["2023-24"] == by["2024-25"]
    return (
        f"was {by['2012-13']} in 2012-13 and 2013-14, {by['2014-15']} in 2014-15, {by['2015-16']} in 2015-16 and 2016-17, "
        f"{by['2017-18']} in 2017-18, {by['2018-19']} in 2018-19, {by['2019-20']} in 2019-20, {by['2020-21']} in 2020-21, "
        f"{by['2022-23']} in 2022-23, {by['2023-24']} in 2023-24 and in 2024-25 (£{ro3:,.0f}m against £{section251:,.0f}m)"
    )


def net() -> str:
    by = ratios()["net"].map("{:.2f}".format)
    return f"**Net**: {by['2014-15']} (2014-15), {by['2015-16']}, {by['2016-17']}, {by['2017-18']}, {by['2018-19']} (2018-19)"


def new_basis() -> str:
    table = fg.raw_table("children_0_16").pivot(index="council", columns="year", values="children_0_16")
    fall = 1 - table[2021] / table[2020]
    named = ", ".join(f"{name} by {fall[fg.resolve(name)]:.0%}" for name in ("Westminster", "Camden", "Kensington and Chelsea"))
    return f"England falls by {1 - table[2021].sum() / table[2020].sum():.1%} from 2020 to 2021, {named}"


def good_or_better() -> str:
    every, without = (fg.good_by_deprivation(fg.inspections(), include_tiny=tiny) for tiny in (True, False))
    least, most = without.iloc[0], without.iloc[1]
    return (
        f"{every['good_or_better'].iloc[0]} of {every['councils'].iloc[0]} (the authors' own list was not seen). "
        f"Without these two tiny councils it is {least['good_or_better']} of {least['councils']}, {least['share']:.1%}. "
        f"The most deprived 40% are {most['good_or_better']} of {most['councils']}, {most['share']:.1%}, either way"
    )


def prices() -> str:
    rise = fg.price_index().pct_change()
    return f"rose by {rise['2020-21']:.1%} in 2020-21 and fell by {-rise['2021-22']:.1%} in 2021-22"


def deprived_children() -> str:
    table = fg.raw_table("deprivation").query("~is_derived").groupby(["index_name", "vintage"])["average_score"].mean()
    return (
        f"the mean of councils' IDACI scores is {table['IDACI', 'IoD2025']:.3f}, against {table['IDACI', 'IoD2019']:.3f} in IoD2019; "
        f"the income domain's {table['income', 'IoD2025']:.3f} against {table['income', 'IoD2019']:.3f}"
    )


COUNTED: tuple[Literal["published"], Literal["inspected"]] = ("published", "inspected")


def reported_late() -> str:
    table = fg.inspections()
    late = table.loc[table["publication_date"] > "2025-03-31", "publication_date"]
    words = {9: "nine"}
    return f"including {words.get(len(late), len(late))} reports published later, to {late.max():%-d %B %Y}"


def outstanding_by_two_counts() -> str:
    table = fg.inspections()
    ours, ofsted = (fg.grades_at(table, "2025-03-31", counted=counted).counts["Outstanding"] for counted in COUNTED)
    return f"({ours} outstanding here, {ofsted} there)"


def placed_though_derived() -> str:
    later = years().query("financial_year == '2024-25' and is_deprivation_derived")
    return "their tenth is their place among the published scores" if later["deprivation_decile"].notna().all() else "no tenth"


SENTENCES: list[Callable[[], str]] = [
    reported_late,
    outstanding_by_two_counts,
    placed_though_derived,
    sixty_millions,
    slough,
    agreed,
    luton,
    accepted,
    england_by_two_returns,
    net,
    new_basis,
    good_or_better,
    prices,
    deprived_children,
    lambda: (
        f"(England £{england()[TOTAL, '2008-09']:,.0f}m and £{england()[TOTAL, '2009-10']:,.0f}m, "
        f"then £{england()[TOTAL, '2010-11']:,.0f}m)"
    ),
    lambda: f"So our £{england()['looked_after', '2008-09']:,.0f}m for looked-after children in 2008-09",
    lambda: (
        f"Liverpool 2024-25: Section 251 {pounds('Liverpool', '2024-25')} after {pounds('Liverpool', '2023-24')} the year before, "
        f"RO3 {other_return('Liverpool', '2024-25')}"
    ),
    lambda: f"Salford 2019-20: Section 251 {around('Salford', '2019-20', 'gross_spend_gbp')}, RO3 {other_return('Salford', '2019-20')}",
    lambda: (
        f"Nottingham 2023-24: Section 251 {pounds('Nottingham', '2023-24')} between {pounds('Nottingham', '2022-23')} (2022-23) and "
        f"{pounds('Nottingham', '2024-25')}, RO3 {other_return('Nottingham', '2023-24')}"
    ),
    lambda: (
        f"Richmond upon Thames 2017-18: RO3 {other_return('Richmond upon Thames', '2017-18')}, Section 251 "
        f"{pounds('Richmond upon Thames', '2017-18')}"
    ),
    lambda: f"Salford 2019-20 safeguarding {around('Salford', '2019-20', 'safeguarding_spend_gbp')}",
    lambda: f"Bexley 2011-12 looked-after children {around('Bexley', '2011-12', 'looked_after_spend_gbp')}",
    lambda: f"Southwark 2012-13 looked-after children {around('Southwark', '2012-13', 'looked_after_spend_gbp')}",
    lambda: f"Slough 2009-10 looked-after children {around('Slough', '2009-10', 'looked_after_spend_gbp')}",
    lambda: f"Sandwell 2019-20 safeguarding {around('Sandwell', '2019-20', 'safeguarding_spend_gbp')}",
    lambda: f"Nottingham 2023-24 safeguarding {around('Nottingham', '2023-24', 'safeguarding_spend_gbp')}",
]


@pytest.mark.parametrize("place", range(len(SENTENCES)))
def test_a_sentence_of_the_notes_is_what_the_figures_say(place: int) -> None:
    sentence = SENTENCES[place]()
    assert sentence in notes(), f"docs/data-notes.md should say: {sentence}"


def test_the_councils_without_a_return_are_those_named() -> None:
    missing = years().query("financial_year == '2024-25' and is_missing_return").index.get_level_values("council_name")
    assert sorted(missing) == ["Middlesbrough", "Wandsworth"]
    assert "Wandsworth and Middlesbrough made no usable return for 2024-25" in notes()
