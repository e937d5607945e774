"""What docs/data-notes.md says of children, need, judgements and funds, made again from the figures: it stands there word for word."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from test_data_notes import ENGLAND, LAIT, notes, totals, years

import fundgap as fg
from fundgap.gap import trends

TINY = ["E09000001", "E06000053"]
# Weeks in the tool's unit cost: a year of 365 days.
WEEKS = 365 / 7


@cache
def panel() -> pd.DataFrame:
    return fg.council_years()


@cache
def called() -> dict[str, str]:
    return fg.councils().set_index("council")["council_name"].to_dict()


@cache
def wide(table: str, value: str) -> pd.DataFrame:
    """Return a yearly table with councils' codes down and years across, the two tiny councils apart."""
    return every(table, value).drop(index=TINY, errors="ignore")


@cache
def every(table: str, value: str) -> pd.DataFrame:
    return fg.raw_table(table).pivot(index="council", columns="year", values=value).rename(columns=int)


@cache
def england(figure: str) -> pd.DataFrame:
    return totals()[totals()["figure"].eq(figure) & totals()["area"].eq(ENGLAND)]


@cache
def judged() -> pd.DataFrame:
    return fg.inspections()


def percent(value: float) -> str:
    return f"{value:.1%}"


# Children --------------------------------------------------------------------------------------------------------------


def drift() -> str:
    ratio = wide("children_0_16", "children_0_16") / wide("children", "children")
    low, high = ([f"{ratio[year].agg(end):.3f}" for year in (2012, 2021)] for end in ("min", "max"))
    least, most = called()[ratio[2012].idxmin()], called()[ratio[2012].idxmax()]
    later = f"{ratio[2020].max():.2f} ({called()[ratio[2020].idxmax()]}) in 2020"
    return (
        f"0-16 divided by 0-17 is {low[0]} ({least}) to {high[0]} ({most}) in 2012, but up to {later}, and {low[1]} to {high[1]} in 2021. "
        f"Seventeen ages of eighteen are {17 / 18:.3f}"
    )


def northamptonshire() -> str:
    younger = every("children_0_16", "children_0_16").loc[["E06000061", "E06000062"], 2012].sum()
    share = younger / every("children", "children").loc[fg.resolve("Northamptonshire"), 2012]
    return f"Northamptonshire is North and West together, exactly (its ratio in 2012 is {share:.4f})"


def steady_estimates() -> str:
    step = wide("children", "children").pct_change(axis="columns", fill_method=None).abs().max().max()
    return f"(the published series never moves by more than {np.ceil(100 * step):.0f}%)"


def steps_of_children() -> str:
    step = wide("children_0_16", "children_0_16").pct_change(axis="columns", fill_method=None).drop(columns=[2009, 2021]).abs()
    return f"the largest real step is {percent(step.max().max())}"


def projected_start() -> str:
    projected, estimated = wide("projected_children", "children"), wide("children", "children")
    ratio = (projected[2018] / estimated[2018]).dropna()
    high = ratio.nlargest(3).iloc[::-1]
    listed = [f"{value:.2f} ({called()[code]})" for code, value in high.items()]
    assert len(ratio) == 147
    return (
        f"are {ratio.median():.3f} times the estimate of 2018 as it stands now in the median of 147 councils, from {ratio.min():.3f} "
        f"({called()[ratio.idxmin()]}) to {listed[0]}, {listed[1]} and {listed[2]}; {((ratio - 1).abs() <= 0.05).sum()} lie within 5%"
    )


def projected_england() -> str:
    projected = fg.raw_table("projected_children").groupby("year")["children"].sum()
    held = england("children").set_index("period")["published"]
    ratio = {year: f"{projected[year] / held[str(year)]:.3f}" for year in (2018, 2021, 2024)}
    return f"For England the ratio is {ratio[2018]} in 2018, {ratio[2021]} in 2021 and {ratio[2024]} in 2024"


def where_students_live() -> str:
    share = (wide("children_0_16", "children_0_16")[2018] / wide("projected_children", "children")[2018]).dropna().sort_values()
    low, high = share.iloc[:2], share.iloc[-1:]
    assert [called()[code] for code in (*low.index, *high.index)] == ["Nottingham", "York", "Slough"]
    return f"{low.iloc[0]:.3f} of the projected 0-17 in Nottingham and {low.iloc[1]:.3f} in York, {high.iloc[0]:.3f} in Slough"


@cache
def foreseen() -> pd.DataFrame:
    return fg.compare_demography(panel()).set_index(["years_ahead", "method"])["rms_error"]


def children_foreseen() -> str:
    error = foreseen().map(percent)
    return (
        f"was off by {error[1, 'projection']} (root mean square over 145 councils) one year ahead and {error[5, 'projection']} five years "
        f"ahead; the last five years' growth by {error[1, 'panel']} and {error[5, 'panel']}"
    )


def trend_with_the_projection() -> str:
    projected = fg.raw_table("projected_children").groupby("year")["children"].sum()
    trend = fg.scenario("trend")
    ways = [trend, trend.replace(demography_growth="projection")]
    gap = [fg.project_gap(panel(), way.replace(years=5)).england.iloc[-1] for way in ways]
    children = fg.project_gap(panel(), trend).england["children"]
    assert (gap[0]["financial_year"], fg.project_gap(panel(), trend).england["financial_year"].iloc[-1]) == ("2029-30", "2034-35")
    fall, rise = 1 - projected[2034] / projected[2024], children.iloc[-1] / children.iloc[0] - 1
    one, other = (f"£{each['gap_gbp'] / 1e9:.1f}bn" for each in gap)
    return (
        f"It has England's children fall by {fall:.0%} from 2024 to 2034, where the panel's growth has them rise by {rise:.0%}: the "
        f"trend's gap of 2029-30 is {one} with the one and {other} with the other"
    )


# Need ------------------------------------------------------------------------------------------------------------------


def joined_in_2016() -> str:
    change = every("looked_after", "looked_after").pct_change(axis="columns", fill_method=None).abs().median()
    before = change[[2012, 2013, 2014, 2015]]
    held = england("looked_after_children").set_index("period")["published"]
    return (
        f"councils' median change from 2015 to 2016, up or down, is {percent(change[2016])}, as in the four years before "
        f"({percent(before.min())} to {percent(before.max())}), England's published count rises by "
        f"{percent(held['2016'] / held['2015'] - 1)}"
    )


def looked_after_totals() -> str:
    held = totals()[totals()["figure"].eq("looked_after_children") & totals()["source"].eq(LAIT)]
    worst = held.loc[held["difference"].abs().idxmax()]
    assert (worst["area"], worst["period"]) == ("E12000009", "2020")
    return f"LAIT's totals are met within {abs(worst['difference']):.0f} children, the largest in the South West of 2020"


def looked_after_in_releases() -> str:
    held = england("looked_after_children")
    own = held[held["source"].str.startswith("cla-")]
    return f"Councils add up to England within {own['difference'].abs().max():.0f} children each year"


def largest_step_of_looked_after() -> str:
    counts = wide("looked_after", "looked_after")
    return f"(the largest step on record is {(counts / counts.shift(axis='columns')).max().max():.2f})"


def cumbria() -> str:
    held = years().loc["Cumbria", "cases_held"]
    beside = sorted([held["2017-18"], held["2019-20"]])
    return f"Cumbria held {held['2018-19']:,.0f} cases in 2018, between {beside[0]:,.0f} and {beside[1]:,.0f} in the years beside it"


def own_unit_cost() -> str:
    table = panel().dropna(subset=["looked_after_weekly_gbp", "looked_after_spend_gbp", "looked_after"])
    off = table["looked_after_spend_gbp"] / table["looked_after"] / WEEKS / table["looked_after_weekly_gbp"] - 1
    return f"comes out within 1% for {(off.abs() <= 0.01).mean():.0%} of council-years"


def places_are_few() -> str:
    weekly = years()["residential_weekly_gbp"]
    return f"(Merton £{weekly['Merton', '2022-23']:,.0f} a week in 2022-23, Halton £{weekly['Halton', '2017-18']:,.0f} in 2017-18)"


@cache
def unit_cost(area: str) -> tuple[str, str]:
    """Return pounds a week of 2017-18 from the councils' sum and from the tool's own total."""
    held = totals()[totals()["area"].eq(area) & totals()["source"].eq(LAIT)].set_index(["figure", "period"])
    children = held.loc[("looked_after_children", "2018"), "published"]
    spend = held.loc[("looked_after", "2017-18")]
    ours, tools = (f"£{spend[name] / children / WEEKS:,.0f}" for name in ("councils_sum", "published"))
    return ours, tools


def sixty_millions_settled() -> str:
    without, with_them = unit_cost(ENGLAND)
    _, north_east = unit_cost("E12000001")
    return (
        f"is what comes out without it ({without}); with it, it would be {with_them}. The North East's £995 is far from the {north_east} "
        "that its row gives"
    )


def liverpool() -> str:
    cost = {name: years().loc["Liverpool", f"{name}_weekly_gbp"].map("£{:,.0f}".format) for name in ("looked_after", "residential")}
    told = [f"{each['2024-25']} after {each['2023-24']}" for each in cost.values()]
    return f"looked-after {told[0]} a week, residential {told[1]}"


def survey_leaps() -> str:
    region = fg.councils().set_index("council")["region"]
    table = fg.raw_table("indicators").query("indicator == 'low_income_dwp_0_15'")
    sums = table.groupby([table["council"].map(region), "financial_year"])["value"].sum().unstack()
    change = sums["2021-22"] / sums["2020-21"] - 1
    up, down = change["East Midlands"], -change["Yorkshire and the Humber"]
    return f"rise by {up:.0%} in the whole East Midlands and fall by {down:.0%} in Yorkshire and the Humber"


def two_shares() -> str:
    table = fg.raw_table("indicators").query("indicator.str.startswith('low_income_hmrc')")
    shares = table.pivot(index=["council", "financial_year"], columns="indicator", values="value").diff(axis="columns").iloc[:, -1]
    return f"it is never more than {shares.abs().max():.3f} from the share of under-16s"


# Judgements ------------------------------------------------------------------------------------------------------------


def care_leavers() -> str:
    grades = fg.raw_table("inspections").query("framework == 'ILACS'").dropna(subset=["care_leavers_grade"])
    first = f"{grades['inspection_date'].min():%B %Y}"
    return f"have a grade of their own in inspections begun since {first}, {len(grades)} up to March 2025"


def first_days() -> str:
    rows = fg.raw_table("inspections", every_release=True).query("source == 'ofsted-history-2023' and framework == 'ILACS'")
    return f"so {rows['inspection_date'].notna().sum()} of {len(rows)} have one"


def paths() -> str:
    found = fg.journeys(judged())
    return f"{len(found.steps)} judgements of {found.steps['council'].nunique()} councils"


def earliest() -> str:
    waits = fg.time_to_improve(judged()).waits
    each = waits[waits["pair"] != "all"]
    first = each[each["better"] > 0].nsmallest(1, "earliest_days").iloc[0]
    soon = each[each["within_six_months"] > 0]
    assert (first["pair"], list(soon["pair"]), soon["within_six_months"].sum()) == ("SLAC → CPI", ["CPI → TLAC"], 3)
    return f"the earliest is {first['earliest_days']:.0f} days on (SLAC to child protection). Three next reports came within six months"


def the_press_counted() -> str:
    first = judged().query("framework == 'SIF' and not is_reinspection and publication_date <= '2016-02-09'")
    return f"the register has {len(first)} and {(first['rating'] == 'Inadequate').sum()}"


def nineteen() -> str:
    first = judged().query("framework == 'SIF' and not is_reinspection")
    words = {19: "nineteen"}
    found = (first[first["publication_date"] <= "2016-01-04"]["rating"] == "Inadequate").sum()
    torbay = first.query("council_name == 'Torbay'")["publication_date"].item()
    return f"By 4 January 2016 {words[found]} first single-framework judgements were inadequate; Torbay's report is of {torbay:%-d January}"


def deprivation_of_children() -> str:
    scores = (
        fg.raw_table("deprivation").query("~is_derived").pivot(index="council", columns=["index_name", "vintage"], values="average_score")
    )
    alike = {name: scores[name][["IoD2019", "IoD2025"]].corr("spearman").iloc[0, 1] for name in ("IDACI", "IMD")}
    overall = {f"{scores['IMD', vintage].mean():.1f}" for vintage in ("IoD2019", "IoD2025")}
    assert len(overall) == 1
    return (
        f"the overall index ({overall.pop()} in both) keeps its level by construction. Council ranks of IDACI correlate at "
        f"{alike['IDACI']:.2f} between the two (of IMD at {alike['IMD']:.2f})"
    )


# Prices and funds ------------------------------------------------------------------------------------------------------


def fastest_window() -> str:
    last = panel().query("financial_year == '2024-25'")
    spend = pd.Series({category: last[f"{category}_spend_gbp"].sum() for category in trends.CATEGORIES})
    weights = spend / spend.sum()

    def growth(year: str, length: int) -> float:
        return float((trends.price_growth(panel(), year, length) * weights).sum())

    ends = [f"{start + 5}-{(start + 6) % 100:02d}" for start in range(2012, 2020)]
    five = {end: growth(end, 5) for end in ends}
    assert max(five, key=lambda end: five[end]) == "2024-25"
    quick = {(end, length) for end in ends for length in (3, 4) if growth(end, length) > five["2024-25"]}
    assert quick == {("2023-24", 3), ("2024-25", 4), ("2024-25", 3)}
    return (
        f"({percent(five['2024-25'])} a year, weighted by spend). Faster are only shorter windows: those from 2020-21, whose deflator is "
        f"too high ({percent(growth('2023-24', 3))} over three years), and 2021-22 to 2024-25 ({percent(growth('2024-25', 3))})"
    )


def good_would_take() -> str:
    # The sums are of run 0; refits give the intervals alone, so two are enough here.
    found = [fg.cost_of_good(panel(), judged(), [framework], replicates=2).england.extra_gbp for framework in ("SIF", "ILACS")]
    first, again = judged().query("framework == 'SIF' and not is_reinspection"), judged().query("framework == 'ILACS'")
    share = [each["rating"].isin(["Good", "Outstanding"]).mean() for each in (first, again)]
    assert share[1] > 0.5
    sif, ilacs = (f"£{sum_gbp / 1e9:.2f}bn" for sum_gbp in found)
    return (
        f"is {sif} a year more preventative spend by the SIF's judgements and {ilacs} by the ILACS', 2024-25 "
        f"prices (`fundgap.cost_of_good`): {share[0]:.0%} were good or better under the one, most under the other"
    )


def families_first() -> str:
    funds = fg.funds().set_index("id")["amount_gbp"] / 1e6
    return f"(£{funds['families-first']:.1f}m with it, £{funds['prevention-grant']:.0f}m of which was told to be new money)"


def four_funds_together() -> str:
    found = fg.fund_total(["prevention-grant", "families-first", "transformation", "families-first-2629"])
    return f"£{found.low_gbp / 1e6:,.1f}m to £{found.high_gbp / 1e6:,.1f}m for the four together"


def pace_of_the_ratio() -> str:
    ratio = (wide("children_0_16", "children_0_16") / wide("children", "children")).dropna(subset=[2012, 2013, 2021])
    off = {"carried": ratio[2012] ** 2 / ratio[2013] - ratio[2021], "2012": ratio[2012] - ratio[2021]}
    apart = {name: f"{np.sqrt((table**2).mean()):.4f}" for name, table in off.items()}
    return f"difference over {len(ratio)} councils {apart['carried']}, against {apart['2012']} for the ratio of 2012"


SENTENCES: list[Callable[[], str]] = [
    drift, pace_of_the_ratio, steps_of_children, projected_start, projected_england, where_students_live, children_foreseen,
    trend_with_the_projection, joined_in_2016, looked_after_totals, looked_after_in_releases, largest_step_of_looked_after, cumbria,
    own_unit_cost, places_are_few, sixty_millions_settled, liverpool, survey_leaps, two_shares, care_leavers, first_days, paths, earliest,
    the_press_counted, nineteen, deprivation_of_children, fastest_window, good_would_take, northamptonshire, steady_estimates,
    families_first, four_funds_together,
]  # fmt: skip


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda made: made.__name__)
def test_a_sentence_of_the_notes_on_need_is_what_the_figures_say(sentence: Callable[[], str]) -> None:
    said = sentence()
    assert said in notes(), f"docs/data-notes.md should say: {said}"


def test_counts_in_the_notes_are_those_of_the_tables() -> None:
    visits = fg.raw_table("visits")["reporting_year"].value_counts()
    assert visits.to_dict() == {"2022-23": 60, "2024-25": 60}
    zero = years()["leaving_care_gbp"].loc[[("Cambridgeshire", "2021-22"), ("Cambridgeshire", "2022-23"), ("Southampton", "2022-23")]]
    assert zero.eq(0).all()
    shares = fg.raw_table("indicators").query("indicator == 'low_income_hmrc_under_16_share'").dropna()
    counties = set(shares.query("financial_year == '2015-16'")["council"]) - set(shares.query("financial_year == '2016-17'")["council"])
    assert len(counties) == 27
    neighbours = fg.raw_table("neighbours").groupby("council").size()
    assert (len(neighbours), set(neighbours)) == (153 + 5, {10})
    derived = fg.raw_table("deprivation").query("is_derived and index_name == 'IDACI'").set_index("council")["average_score"]
    assert derived["E06000061"] == derived["E06000063"] == pytest.approx(0.1534)
    for said in ("60 on each list", "no figure for 27 counties", "All 153 councils have ten", "the same IDACI score, 0.1534"):
        assert said in notes()
