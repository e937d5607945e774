"""The answers to the three questions: templates of answers.toml filled with figures, so that prose cannot drift from them."""

import html
import tomllib
from collections.abc import Hashable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import numpy as np
import pandas as pd

from fundgap.data.prices import BASE_YEAR
from fundgap.gap.fund_timeline import fund_timeline
from fundgap.gap.funds import funds
from fundgap.gap.simulation_result import Simulation
from fundgap.models.curve_result import EVERY, SpecificationCurve, labels
from fundgap.story.figures import BILLION
from fundgap.story.findings import MOST, PLEDGE, Findings
from fundgap.story.tables import with_interval

_RAW, _ADJUSTED = "raw", "adjusted for deprivation"
Row = dict[Hashable, Any]
Question = Literal["ratings", "gap", "fund"]
_TOTAL, _PREVENTATIVE, _DEPRIVATION = "gross_spend_per_child_real", "preventative_per_child_real", "deprivation_decile"
_MIDDLE_DECILE = 5
# A p-value below this is called clear, as an interval of 95% is that leaves out 1.
_CLEAR = 0.05


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


def answers(findings: Findings) -> tuple[Answer, Answer, Answer]:
    """Return the answers to the three questions: ratings, gap, fund."""
    return answer(findings, "ratings"), answer(findings, "gap"), answer(findings, "fund")


def answer(findings: Findings, question: Question) -> Answer:
    """Return the answer to one question; only what it tells is computed."""
    templates = tomllib.loads(files(__package__).joinpath("answers.toml").read_text("utf-8"))
    figures = {"ratings": _ratings_figures, "gap": _gap_figures, "fund": _fund_figures}
    return _filled(templates[question], figures[question](findings))


def _filled(template: dict[str, str | list[str]], figures: dict[str, float | str]) -> Answer:
    text = {name: str(value).format(**figures) for name, value in template.items() if name != "evidence"}
    return Answer(evidence=tuple(sentence.format(**figures) for sentence in template["evidence"]), **text)


def _ratings_figures(findings: Findings) -> dict[str, float | str]:
    ratios = {(row["measure"], row["model"]): row for row in findings.ratios.to_dict("records")}
    total, preventative = ratios[_TOTAL, _RAW], ratios[_PREVENTATIVE, _ADJUSTED]
    outside = next(
        row for row in findings.outside_london.to_dict("records") if (row["measure"], row["model"]) == (_PREVENTATIVE, _ADJUSTED)
    )
    least, most = findings.counts.to_dict("records")
    return (
        _chance_figures(findings)
        | _curve_figures(findings.curve)
        | {
            "ratings_verdict": _verdict(total, preventative, outside),
            "london_note": "Much of it rests on London: outside" if _is_unclear(outside) else "Outside",
            "least": least["share"],
            "least_good": f"{least['good_or_better']:.0f}",
            "least_low": least["lower"],
            "least_high": least["upper"],
            "most": most["share"],
            "most_good": f"{most['good_or_better']:.0f}",
            "most_low": most["lower"],
            "most_high": most["upper"],
            "group": f"{least['councils']:.0f}",
            "total_raw": with_interval(total),
            "preventative": with_interval(preventative),
            "deprivation": with_interval(preventative, "deprivation_"),
            "deprivation_raw": with_interval(ratios[_DEPRIVATION, _RAW]),
            "outside": with_interval(outside),
            "n_outside": f"{outside['n']:.0f}",
            "n": f"{preventative['n']:.0f}",
            "n_counted": f"{ratios[_DEPRIVATION, _RAW]['n']:.0f}",
            "n_without": f"{ratios[_DEPRIVATION, _RAW]['n'] - preventative['n']:.0f}",
            "price_base": BASE_YEAR,
        }
    )


def _chance_figures(findings: Findings) -> dict[str, float | str]:
    """Return the predicted chance in the fifth tenth of deprivation at the lower and the upper quartile of preventative spend."""
    middle = findings.chances[findings.chances["deprivation_decile"] == _MIDDLE_DECILE].sort_values("quantile").to_dict("records")
    figures: dict[str, float | str] = {}
    for name, row in (("low", middle[0]), ("high", middle[-1])):
        figures |= {f"chance_{name}": row["probability"], f"chance_{name}_from": row["lower"], f"chance_{name}_to": row["upper"]}
        figures[f"spend_{name}"] = row["spend"]
    return figures


def _curve_figures(curve: SpecificationCurve) -> dict[str, float | str]:
    """Return what the whole specification curve and its models of preventative spend come to, beside what chance gives."""
    kind, clear = "preventative", "share_significant_positive"
    whole, preventative = curve.summary().iloc[0].astype(float), curve.summary("spend").loc[labels("spend")[kind]].astype(float)
    tests = pd.concat([curve.joint_test(), curve.joint_test("spend")])[["expected", "p_greater"]].astype(float).to_dict("index")
    p_value = tests[EVERY, "median"]["p_greater"]
    return {
        "curve_count": f"{whole['specifications']:,.0f}",
        "curve_defined": f"{curve.reasons['specifications'].iloc[0]:,}",
        "curve_verdict": "more" if p_value < _CLEAR else "no more",
        "curve_p": p_value,
        "curve_above": preventative["share_positive"],
        "curve_clear": preventative[clear],
        "curve_chance": tests[kind, clear]["expected"],
        "curve_preventative_p": tests[kind, clear]["p_greater"],
    }


def _verdict(total: Row, preventative: Row, outside_london: Row) -> str:
    """Say what the intervals allow: a link is named only where its 95% interval leaves out 1."""
    deprived = _direction(
        preventative, "less deprivation", "more deprivation", "deprivation shows no clear link", "deprivation_", better_below=True
    )
    spend = _direction(preventative, "more preventative spend", "less preventative spend", "no clear link with preventative spend")
    if not _is_unclear(preventative) and _is_unclear(outside_london):
        spend += " (outside London the link is unclear)"
    alone = _direction(total, "goes with better grades", "goes with worse grades", "shows no clear link")
    return f"{deprived.capitalize()}, and among equally deprived councils {spend}. Total spend by itself {alone}."


def _is_unclear(row: Row) -> bool:
    return bool(row["lower"] <= 1 <= row["upper"])


def _direction(row: Row, better: str, worse: str, unclear: str, prefix: str = "", *, better_below: bool = False) -> str:
    lower, upper = row[f"{prefix}lower"], row[f"{prefix}upper"]
    if lower <= 1 <= upper:
        return unclear
    return better if (upper < 1) == better_below else worse


def _headline_figures(findings: Findings) -> dict[str, float | str]:
    """Return the LGA's gap and the years that two answers speak of."""
    lga = findings.forecasts["LGA 2017"].england.iloc[-1]
    trend_year = findings.trend.england["financial_year"].iloc[-1]
    return {"lga_gap": lga["gap_gbp"] / BILLION, "lga_year": lga["financial_year"], "trend_year": trend_year}


def _gap_figures(findings: Findings) -> dict[str, float | str]:
    forecast, outturn = findings.forecasts["LGA 2017"], findings.outturns["LGA 2017"].iloc[-1]
    lga, trend, windows = forecast.england.iloc[-1], findings.trend.england.iloc[-1], findings.windows
    drivers = forecast.drivers[forecast.drivers["financial_year"] == lga["financial_year"]].set_index("driver")["gap_gbp"]
    latest = findings.years[findings.years["financial_year"] == findings.years["financial_year"].max()]
    spread = windows[windows["financial_year"] == trend["financial_year"]].set_index("window_years")["gap_gbp"]
    inflation = findings.trend.scenario.general_price_growth
    drawn = _drawn_in(trend["financial_year"], findings.simulation, *MOST)
    return _headline_figures(findings) | {
        "lga_base": forecast.price_base,
        "lga_need": drivers["need as published"] / BILLION,
        "lga_funding": drivers["funding"] / BILLION,
        "outturn_rise": outturn["outturn_rise_gbp"] / BILLION,
        "outturn_share": outturn["outturn_rise"],
        "more_or_less": "more" if outturn["outturn_rise_gbp"] > outturn["need_rise_gbp"] else "less",
        "latest_year": latest["financial_year"].iloc[0],
        "latest_spend": latest["gross_spend_gbp"].sum() / BILLION,
        "latest_missing": int(latest["is_missing_return"].sum()),
        "latest_odd": int(latest["is_spend_out_of_line"].sum()),
        "latest_odd_names": ", ".join(latest.loc[latest["is_spend_out_of_line"], "council_name"]),
        "latest_councils": len(latest),
        "window": findings.trend.scenario.window_years,
        "trend_gap": trend["gap_gbp"] / BILLION,
        "trend_real": trend["gap_gbp_real"] / BILLION,
        "trend_base": findings.trend.price_base,
        "trend_councils": int(trend["councils"]),
        "inflation": inflation.in_year(trend["financial_year"]) if inflation else 0.0,
        "drawn_low": drawn[0] / BILLION,
        "drawn_high": drawn[-1] / BILLION,
        "draws": f"{findings.simulation.draws:,}",
        "drawn_error": _error_of_ends(trend["financial_year"], findings.simulation) / BILLION,
        "trend_without_odd": findings.trend_without_odd_returns.england["gap_gbp"].iloc[-1] / BILLION,
        "odd_at_ends": _listed_by_year(findings.odd_returns),
        "trend_low": spread.min() / BILLION,
        "trend_high": spread.max() / BILLION,
        "window_low": int(windows["window_years"].min()),
        "window_high": int(windows["window_years"].max()),
    }


def _drawn_in(year: str, simulation: Simulation, *levels: float) -> list[float]:
    """Return quantiles of England's gap of a year, lowest first, £ in base-year prices."""
    drawn = simulation.england(*levels)
    return [float(gap) for gap in drawn[drawn["financial_year"] == year].sort_values("quantile")["gap_gbp_real"]]


def _error_of_ends(year: str, simulation: Simulation) -> float:
    """Return how far off the ends of the range may be because draws are few: the wider half of their 95% intervals by order statistics."""
    shift = 1.96 * np.sqrt(MOST[0] * (1 - MOST[0]) / simulation.draws)
    first, second, third, fourth = _drawn_in(year, simulation, *(end + step for end in MOST for step in (-shift, shift)))
    return max(second - first, fourth - third) / 2


def _listed_by_year(odd: pd.DataFrame) -> str:
    """Return "Salford in 2019-20; Liverpool, Slough in 2024-25"."""
    return "; ".join(f"{', '.join(part['council_name'])} in {year}" for year, part in odd.groupby("financial_year")) or "none"


def _fund_figures(findings: Findings) -> dict[str, float | str]:
    row, at_once, ahead = findings.pledge.iloc[-1], findings.pledge_at_once.iloc[-1], findings.pledge_on_trend.iloc[-1]
    first, second = findings.pledge["share_of_gap"].iloc[0], findings.pledge["share_of_gap"].iloc[1]
    whole = fund_timeline(findings.store).set_index(["financial_year", "services"]).loc[(row["financial_year"], "children and families")]
    pledge = funds(findings.store).set_index("id").loc[PLEDGE]
    return _headline_figures(findings) | {
        "pledge": pledge["amount_gbp"] / 1e6,
        "pledge_years": len(pledge["years"].split("; ")),
        "a_year": row["fund_gbp"] / 1e6,
        "share": row["share_of_gap"],
        "days": row["days_of_gap"],
        "pence": row["fund_per_child_gbp"] * 100,
        "gap_per_child": row["gap_per_child_gbp"],
        "per_council": row["fund_per_council_gbp"],
        "per_inadequate": row["fund_per_inadequate_council_gbp"],
        "inadequate": int(row["inadequate_councils"]),
        "all_funds": whole["high_gbp"] / 1e6,
        "all_share": whole["high_gbp"] / row["gap_gbp"],
        "share_at_once": at_once["share_of_gap"],
        "days_at_once": at_once["days_of_gap"],
        "ahead": ahead["fund_gbp"] / 1e6,
        "share_ahead": ahead["share_of_gap"],
        "days_ahead": ahead["days_of_gap"],
        "share_first": first,
        "share_second": second,
        "share_ahead_low": f"{ahead['share_low']:.2%}",
        "share_ahead_high": "all of it" if pd.isna(ahead["share_high"]) else f"{ahead['share_high']:.2%}",
    }
