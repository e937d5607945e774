"""The answers in sentences. README, front page and notebooks take them from here, so prose cannot drift from the figures."""

import html
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from fundgap.data.panel import council_years, inspections
from fundgap.data.prices import BASE_YEAR, in_real_terms
from fundgap.data.store import Store
from fundgap.gap.funds import coverage
from fundgap.gap.outturn import compare_with_outturn
from fundgap.gap.projection import Gap, project_gap
from fundgap.gap.scenario import scenario
from fundgap.gap.sensitivity import gap_by_window
from fundgap.models.confounding import good_by_deprivation, probability_grid, raw_and_adjusted

BILLION = 1e9
PLEDGE = "sector-led-20m"
_ADJUSTED = "adjusted for deprivation"


@dataclass(frozen=True, repr=False)
class Answer:
    """The answer to one question: the question, its headline, the sentences that carry it, and its limit."""

    question: str
    headline: str
    evidence: tuple[str, ...]
    limit: str

    def __str__(self) -> str:
        """Return headline, evidence and limit, a line each."""
        return "\n".join([self.headline, *(f"- {sentence}" for sentence in self.evidence), f"Limit: {self.limit}"])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        evidence = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.evidence)
        limit = f'<p class="limit"><strong>What this does not say.</strong> {html.escape(self.limit)}</p>'
        return f'<p class="headline"><strong>{html.escape(self.headline)}</strong></p><ul>{evidence}</ul>{limit}'


class Findings:
    """Everything the story tells, computed once from the figures and shared by charts, sentences and pages."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store

    @cached_property
    def years(self) -> pd.DataFrame:
        """The panel, in cash."""
        return council_years(self.store)

    @cached_property
    def judgements(self) -> pd.DataFrame:
        """The judgements, spend in real terms beside them."""
        return in_real_terms(inspections(self.store), store=self.store)

    @cached_property
    def ratios(self) -> pd.DataFrame:
        """Odds ratios per £100, raw and adjusted."""
        return raw_and_adjusted(self.judgements)

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Good or better among the least and the most deprived 40%."""
        return good_by_deprivation(self.judgements)

    @cached_property
    def chances(self) -> pd.DataFrame:
        """Predicted P(good or better) at the quartiles of preventative spend."""
        return probability_grid(self.judgements, quantiles=(0.25, 0.5, 0.75))

    @cached_property
    def forecasts(self) -> dict[str, Gap]:
        """The LGA's gaps of 2016 and 2017."""
        return {f"LGA {year}": project_gap(self.years, scenario(f"lga-{year}")) for year in (2016, 2017)}

    @cached_property
    def outturns(self) -> dict[str, pd.DataFrame]:
        """Those gaps beside what was spent."""
        return {label: compare_with_outturn(gap, self.years) for label, gap in self.forecasts.items()}

    @cached_property
    def trend(self) -> Gap:
        """The gap if the recent trend goes on."""
        return project_gap(self.years, scenario("trend"))

    @cached_property
    def windows(self) -> pd.DataFrame:
        """The trend's gap by how far back it is taken from."""
        return gap_by_window(self.years, scenario("trend"))

    @cached_property
    def pledge(self) -> pd.DataFrame:
        """The £20m pledge against the LGA's gap of 2017."""
        return coverage(self.forecasts["LGA 2017"], PLEDGE, store=self.store)

    @cached_property
    def pledge_at_once(self) -> pd.DataFrame:
        """The same with the whole pledge in one year."""
        return coverage(self.forecasts["LGA 2017"], PLEDGE, spread="at_once", store=self.store)

    @cached_property
    def pledge_on_trend(self) -> pd.DataFrame:
        """A like fund against the gap of the trend."""
        return coverage(self.trend, PLEDGE, store=self.store)

    def answers(self) -> tuple[Answer, Answer, Answer]:
        """Return the answers to the three questions."""
        return _ratings_answer(self), _gap_answer(self), _fund_answer(self)


def _ratio(table: pd.DataFrame, measure: str, model: str, prefix: str = "") -> str:
    row = table[(table["measure"] == measure) & (table["model"] == model)].iloc[0]
    return f"{row[f'{prefix}odds_ratio']:.2f} ({row[f'{prefix}lower']:.2f} to {row[f'{prefix}upper']:.2f})"


def _ratings_answer(findings: Findings) -> Answer:
    ratios, counts = findings.ratios, findings.counts.set_index("group")
    least, most = (counts.loc[f"{end} deprived 40%"] for end in ("least", "most"))
    prevent = ("preventative_per_child_real", _ADJUSTED)
    return Answer(
        question="What goes with a better Ofsted judgement of children's services?",
        headline=_ratings_headline(ratios),
        evidence=(
            f"At first single-framework inspection (2014 to 2017) {least['share']:.0%} of the least deprived 40% of councils were good or better, "
            f"and {most['share']:.0%} of the most deprived 40% ({least['good_or_better']:.0f} and {most['good_or_better']:.0f} of {least['councils']:.0f}; "
            f"95% intervals {least['lower']:.0%} to {least['upper']:.0%} and {most['lower']:.0%} to {most['upper']:.0%}).",
            f"Each £100 a child more total spend goes with an odds ratio of a better grade of {_ratio(ratios, 'gross_spend_per_child_real', 'raw')}: "
            "about nil, because spend follows deprivation.",
            f"Among equally deprived councils, each £100 a child more preventative spend goes with {_ratio(ratios, *prevent)}, "
            f"and each tenth up the scale of deprivation with {_ratio(ratios, *prevent, 'deprivation_')}.",
        ),
        limit=f"{ratios['n'].min()} councils, spend of the year before in {BASE_YEAR} prices, 95% intervals. An association: "
        "a council that spends more on prevention may differ in other ways.",
    )


def _ratings_headline(ratios: pd.DataFrame) -> str:
    """Say what the intervals allow: a link is named only where its 95% interval leaves out 1."""
    table = ratios.set_index(["measure", "model"])
    prevent, total = table.loc[("preventative_per_child_real", _ADJUSTED)], table.loc[("gross_spend_per_child_real", "raw")]
    deprived = prevent["deprivation_upper"] < 1
    spend = prevent["lower"] > 1
    first = "Less deprivation" if deprived else "Deprivation shows no clear link"
    second = "more preventative spend" if spend else "no clear link with preventative spend"
    by_itself = "tells next to nothing" if total["lower"] < 1 < total["upper"] else "goes with the grade as well"
    return f"{first}, and among equally deprived councils {second}. Total spend by itself {by_itself}."


def _gap_answer(findings: Findings) -> Answer:
    forecast, outturn = findings.forecasts["LGA 2017"], findings.outturns["LGA 2017"].iloc[-1]
    lga = forecast.england.iloc[-1]
    driver = forecast.drivers[forecast.drivers["financial_year"] == lga["financial_year"]].set_index("driver")["gap_gbp"] / BILLION
    more = "more" if outturn["outturn_rise_gbp"] > outturn["need_rise_gbp"] else "less"
    latest = findings.years[findings.years["financial_year"] == findings.years["financial_year"].max()]
    spent, missing = latest["gross_spend_gbp"].sum(), int(latest["is_missing_return"].sum())
    trend = findings.trend.england.iloc[-1]
    last_year = findings.windows["financial_year"] == trend["financial_year"]
    spread = findings.windows.loc[last_year, "gap_gbp"] / BILLION
    return Answer(
        question="How large is the funding gap: what was forecast, what was spent, what comes next?",
        headline=f"The £{lga['gap_gbp'] / BILLION:.0f}bn of 2017 was a forecast of need rising and funding falling. Councils' spending rose by {more} than "
        "it said standing still would cost.",
        evidence=(
            f"The Local Government Association's £{lga['gap_gbp'] / BILLION:.1f}bn a year by {lga['financial_year']} is £{driver['need as published']:.1f}bn more "
            f"need and £{driver['funding']:.1f}bn less funding since {forecast.price_base}, in cash. Gross spend rose by £{outturn['outturn_rise_gbp'] / BILLION:.2f}bn in cash over the same years "
            f"({outturn['outturn_rise']:.0%}).",
            f"In {latest['financial_year'].iloc[0]} councils spent £{spent / BILLION:.1f}bn in cash; {missing} of {len(latest)} made no usable return and "
            "are not in it.",
            f"If the trend of the last five years goes on and funding only keeps its real value, standing still costs £{trend['gap_gbp'] / BILLION:.1f}bn "
            f"more in {trend['financial_year']} than funding provides, in cash (£{trend['gap_gbp_real'] / BILLION:.1f}bn in "
            f"{findings.trend.price_base} prices; £{spread.min():.1f}bn to £{spread.max():.1f}bn in cash when the trend is taken from "
            f"{findings.windows['window_years'].min()} to {findings.windows['window_years'].max()} years).",
        ),
        limit="The LGA's figures cover education services too, so rises are compared and not levels. The range is the spread of one choice, "
        "not a prediction interval; a trend is not a forecast.",
    )


def _fund_answer(findings: Findings) -> Answer:
    row, at_once, ahead = findings.pledge.iloc[-1], findings.pledge_at_once.iloc[-1], findings.pledge_on_trend.iloc[-1]
    return Answer(
        question="What would the £20m improvement pledge do about it?",
        headline=f"A year of it covers {row['days_of_gap']:.1f} days of the gap it was set against.",
        evidence=(
            f"The pledge over three years is £{row['fund_gbp'] / 1e6:.1f}m a year: {row['share_of_gap']:.2%} of the £{row['gap_gbp'] / BILLION:.1f}bn of "
            f"{row['financial_year']}, or {row['fund_per_child_gbp'] * 100:.0f}p a child against £{row['gap_per_child_gbp']:.0f}, or "
            f"£{row['fund_per_council_gbp']:,.0f} a council (all in cash of that year).",
            f"Read as kindly as can be, with the whole sum in that one year, it is {at_once['share_of_gap']:.1%}, or {at_once['days_of_gap']:.1f} days.",
            f"A fund of the same real value in {ahead['financial_year']} (£{ahead['fund_gbp'] / 1e6:.1f}m in that year's cash) would cover "
            f"{ahead['share_of_gap']:.2%} of the gap that the trend leads to, or {ahead['days_of_gap']:.1f} days.",
        ),
        limit="The pledge is 'up to' £20m and states no period; three equal years are our assumption. It was meant to improve services, "
        "not to fill the gap: this is its size, not its worth.",
    )
