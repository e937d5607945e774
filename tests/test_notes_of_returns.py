"""What docs/data-notes.md says of the two returns of spend, made again from the figures: it has to stand there word for word."""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_data_notes import around, both_returns, england, notes, other_return, pounds, released, years

import fundgap as fg

TINY = ("City of London", "Isles of Scilly")
FIRST, SECOND = "ro3-2024-25-first", "ro3-2024-25"


@cache
def names() -> pd.Series:
    return fg.councils().set_index("council")["council_name"]


@cache
def outturn() -> pd.DataFrame:
    """Return the Revenue Outturn of every release, with councils' names."""
    table = fg.raw_table("revenue_outturn", every_release=True)
    return table.assign(council_name=table["council"].map(names()))


@cache
def england_ro3(money: str) -> pd.DataFrame:
    """Return England's published totals of RO3 by release, with what the councils' sum and the estimates leave over."""
    totals = fg.check_totals()
    chosen = totals[(totals["figure"] == f"ro3_total_{money}_gbp") & (totals["area"] == "E92000001")].set_index("source")
    return chosen.assign(others=chosen["published"] - chosen["councils_sum"] - chosen["difference"])


@cache
def ratio() -> pd.DataFrame:
    """Return RO3 to Section 251, gross, of councils with both, since both totals cover the same services."""
    table = both_returns().dropna(subset=["section251_gbp", "revenue_outturn_gbp"])
    table = table[table["financial_year"] >= "2014-15"]
    return table.assign(ratio=table["revenue_outturn_gbp"] / table["section251_gbp"])


def stockton() -> str:
    first, last = (pounds("Stockton-on-Tees", year) for year in ("2008-09", "2010-11"))
    return f"all its lines are 0, which is missing here ({first} in 2008-09, {last} in 2010-11)"


def beside_england() -> str:
    return f"about £40m of £{england()['gross_spend', '2011-12']:,.0f}m and £19m of £{england()['gross_spend', '2009-10']:,.0f}m"


def like_with_like() -> str:
    both = both_returns().query("financial_year == '2012-13'")[["section251_gbp", "revenue_outturn_gbp"]].sum() / 1e6
    return (
        f"(with them Section 251 is £{england()['gross_spend', '2012-13']:,.0f}m against RO3's £{both['revenue_outturn_gbp']:,.0f}m in "
        f"2012-13; without them £{both['section251_gbp']:,.0f}m)"
    )


def net_as_published() -> str:
    spend = fg.raw_table("spend").query("category == 'gross_spend'").groupby("financial_year")["net_gbp"].sum()
    ro3 = outturn().query("line == 'total'").groupby("financial_year")["net_gbp"].sum()
    shares = (ro3 / spend).map("{:.2f}".format)
    return f"as published RO3 is {shares['2012-13']} and {shares['2013-14']} of Section 251"


def slough_ran_by_a_trust() -> str:
    table = both_returns().query("council_name == 'Slough' and '2016-17' <= financial_year <= '2019-20'")
    ends = [f"£{end / 1e6:.0f}m" for name in ("revenue_outturn_gbp", "section251_gbp") for end in (table[name].min(), table[name].max())]
    return f"Slough 2016-17 to 2019-20: RO3 {ends[0]} to {ends[1]}, Section 251 {ends[2]} to {ends[3]}"


def slough_falls() -> str:
    return f"({other_return('Slough', '2015-16')} in 2015-16, {other_return('Slough', '2016-17')} a year later)"


def southwark_net() -> str:
    gross, net = (pounds("Southwark", "2023-24", f"ro3_{money}_spend_gbp") for money in ("gross", "net"))
    return f"its net figure ({net} of {gross} gross) is not to be trusted"


def southwark_around() -> str:
    around_it = [f"£{years().loc[('Southwark', year), 'ro3_net_spend_gbp'] / 1e6:.0f}m" for year in ("2022-23", "2024-25")]
    return f"Southwark's net total of 2023-24 ({around_it[0]} and {around_it[1]} in the years around it)"


def birmingham() -> str:
    line = outturn().query("council_name == 'Birmingham' and financial_year == '2018-19' and line == 'youth_justice'")["gross_gbp"].item()
    ours = pounds("Birmingham", "2018-19", "youth_justice_spend_gbp")
    return f"Birmingham £{line / 1e6:.1f}m under youth justice in 2018-19 (Section 251: {ours})"


def estimates() -> str:
    found = england_ro3("gross")["difference"].div(1e6).map("{:,.0f}".format)
    return (
        f"estimates for councils without a return (£{found['ro3-2020-21']}m, £{found['ro3-2022-23']}m, £{found['ro3-2023-24']}m with "
        f"Harrow's omission, £{found[SECOND]}m)"
    )


def lower_tier() -> str:
    others = england_ro3("gross").drop(index=FIRST)
    parts = [others[others["period"] <= "2019-20"]["others"] / 1e6, others[others["period"] > "2019-20"]["others"] / 1e6]
    early, late = (f"£{part.min():.0f}m to £{part.max():.0f}m" for part in parts)
    return f"in it ({early} until 2019-20, {late} since, mostly the GLA)"


def without_a_return() -> str:
    current = fg.raw_table("revenue_outturn").query("line == 'total' and gross_gbp.isna()")
    missing = current.assign(name=current["council"].map(names())).groupby("financial_year")["name"].agg(sorted)
    # Harrow made one and left a line out of it, which the notes tell elsewhere.
    listed = {year: ", ".join(name for name in found if (name, year) != ("Harrow", "2023-24")) for year, found in missing.items()}
    return "; ".join(f"{year} {found}" for year, found in listed.items())


def two_releases() -> str:
    first, second = (outturn()[outturn()["source"] == source] for source in (FIRST, SECOND))
    before, after = (table.query("line == 'total'").set_index("council_name") for table in (first, second))
    # Southwark left out its looked-after children in the first release, so that its total is missing here; its other lines are not.
    parts = first.query("council_name == 'Southwark' and not line.str.startswith('looked_after')")
    before.loc["Southwark", "gross_gbp"] = parts["gross_gbp"].sum()
    held = before["gross_gbp"].notna() & after["gross_gbp"].notna()
    new = after.loc[~held, "gross_gbp"].dropna()
    change = (after["gross_gbp"] - before["gross_gbp"])[held]
    revised = change.ne(0) | (after["net_gbp"] - before["net_gbp"])[held].fillna(1).ne(0)
    largest = ", ".join(f"{name} £{value / 1e6:.0f}m" for name, value in change.nlargest(3).items())
    england_gross, england_net = (england_ro3(money)["published"].div(1e6).map("{:,.0f}".format) for money in ("gross", "net"))
    assert len(new) == 5
    return (
        f"five more councils (£{new.sum() / 1e6:.0f}m), {revised.sum()} of the {held.sum()} in both revised, together by £"
        f"{change.sum() / 1e6:.0f}m gross ({largest}); England's gross total went from £{england_gross[FIRST]}m to "
        f"£{england_gross[SECOND]}m, net from £{england_net[FIRST]}m to £{england_net[SECOND]}m"
    )


def plain_steps(table: str, subject: str) -> tuple[int, int]:
    """Return how many steps from one year to the next go beyond four times or a fourth, and how many there are, tiny councils apart."""
    rows = fg.raw_table(table)
    rows = rows[~rows["council"].map(names()).isin(TINY)].assign(year=rows["financial_year"].str[:4].astype(int))
    values = rows.pivot(index=["council", subject], columns="year", values="gross_gbp")
    values = values.reindex(columns=range(values.columns.min(), values.columns.max() + 1))
    before, after = values.iloc[:, :-1].to_numpy(), values.iloc[:, 1:].to_numpy()
    # From nought to nought is no step: 0 / 0 is neither above nor below.
    with np.errstate(divide="ignore", invalid="ignore"):
        times = after / before
    return int(((times > 4) | (times < 1 / 4)).sum()), int((~np.isnan(before) & ~np.isnan(after)).sum())


def asked_about_plainly() -> str:
    spend, lines = plain_steps("spend", "category"), plain_steps("revenue_outturn", "line")
    return (
        f"would ask about {spend[0]:,} of {spend[1]:,} steps of spend from one year to the next and {lines[0]:,} of {lines[1]:,} of the "
        "Revenue Outturn's lines"
    )


def below_zero() -> str:
    below = {money: int((outturn()[f"{money}_gbp"] < 0).sum()) for money in ("income", "gross")}
    return f"({below['income']} cells of income, {below['gross']} of gross)"


def matched_councils() -> str:
    areas = fg.joined_areas(years().reset_index())
    matched = areas.pivot(index="area", columns="financial_year", values="gross_spend_gbp")[["2021-22", "2024-25"]].dropna().sum()
    rises = [matched["2024-25"] / matched["2021-22"] - 1, england()["gross_spend", "2024-25"] / england()["gross_spend", "2021-22"] - 1]
    return f"from 2021-22 to 2024-25 is {rises[0]:.1%} in cash; England's published totals give {rises[1]:.1%}"


SENTENCES: list[Callable[[], str]] = [
    stockton,
    beside_england,
    like_with_like,
    net_as_published,
    slough_ran_by_a_trust,
    slough_falls,
    southwark_net,
    southwark_around,
    birmingham,
    estimates,
    lower_tier,
    without_a_return,
    two_releases,
    asked_about_plainly,
    below_zero,
    matched_councils,
    lambda: f"(total {around('Bexley', '2011-12', 'gross_spend_gbp')})",
    lambda: f"(total {around('Southwark', '2012-13', 'gross_spend_gbp')})",
    lambda: f'with {pounds("Sandwell", "2019-20", "other_spend_gbp")} under "other" in that year alone',
    lambda: (
        f"the LGA's £8.303bn spent in 2015-16 is RO3's net total (£{england_ro3('net').loc['ro3-2015-16', 'councils_sum'] / 1e9:.3f}bn)"
    ),
    lambda: f"not Section 251's gross £{released('s251ye2016', '2015-16') / 1e9:.3f}bn",
]


@pytest.mark.parametrize("place", range(len(SENTENCES)))
def test_a_sentence_of_the_notes_on_returns_is_what_the_figures_say(place: int) -> None:
    sentence = SENTENCES[place]()
    assert sentence in notes(), f"docs/data-notes.md should say: {sentence}"


def test_councils_agree_between_the_returns_as_far_as_told() -> None:
    assert (
        "Since 2014-15 about one in ten agrees within 1% in a year, half within 5%, three quarters within 10%; four to ten councils differ "
        "by more than a quarter. The differences of all councils, without their signs, come to £0.7bn to £1.1bn a year."
    ) in notes()
    by_year = ratio().assign(off=(ratio()["ratio"] - 1).abs()).groupby("financial_year")
    within = {near: by_year["off"].agg(lambda off, near=near: (off <= near).mean()) for near in (0.01, 0.05, 0.10)}
    assert within[0.01].between(0.07, 0.18).all()
    assert within[0.05].between(0.40, 0.55).all()
    assert within[0.10].between(0.68, 0.75).all()
    far = by_year["off"].agg(lambda off: (off > 0.25).sum())
    assert (far.min(), far.max()) == (4, 10)
    apart = by_year["difference_gbp"].agg(lambda gbp: gbp.abs().sum() / 1e9).round(1)
    assert (apart.min(), apart.max()) == (0.7, 1.1)


def test_darlington_s_net_spend_is_off_by_what_the_register_of_releases_holds() -> None:
    register = tomllib.loads((Path(__file__).parents[1] / "data/raw/sources.toml").read_text("utf-8"))
    off = -register["s251ye2011"]["known"]["E06000005 2010-11 total balance"]
    assert f"**Darlington's net spend of 2010-11 is £{off:,.0f} too high**" in notes()


def test_councils_whose_returns_differ_the_same_way_every_year_are_those_named() -> None:
    middle = ratio()[~ratio()["council_name"].isin([*TINY, "Slough"])].groupby("council_name")["ratio"].median().sort_values()
    higher, lower = middle[middle.round(2) >= 1.20].index[::-1], middle[middle.round(2) <= 0.87]
    assert list(higher) == ["Kensington and Chelsea", "Reading", "Leeds", "Ealing", "Buckinghamshire"]
    assert list(lower.index) == ["Hackney", "Essex", "Knowsley", "Camden"]
    assert (f"{1 - lower.max():.0%}", f"{1 - lower.min():.0%}", f"{middle.max() - 1:.0%}") == ("13%", "15%", "40%")
    assert (
        "RO3 is higher by a fifth or more in Kensington and Chelsea (40%), Reading, Leeds, Ealing and Buckinghamshire, lower by 13% to 15% "
        "in Hackney, Essex, Knowsley and Camden (medians since 2014-15)"
    ) in notes()
