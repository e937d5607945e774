"""The answer to what good would cost: by council, and summed, with who is in it and who is not."""

import html
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundgap.models.standardise import Floats
from fundgap.shown import Told

# Good or better as likely as not.
EVEN = 0.5


@dataclass(frozen=True)
class Sums:
    """The extra money of all councils together, pounds a year.

    Parameters
    ----------
    extra_gbp, lower_gbp, upper_gbp
        Sum over councils below even odds, and its interval; inf = no finite end.
    within_gbp
        That part of the sum that leads to a spend which some judged council within a decile of deprivation had.
    median_gbp
        Median over draws, those without a finite answer ranked above the others.
    """

    extra_gbp: float
    lower_gbp: float
    upper_gbp: float
    within_gbp: float
    median_gbp: float

    @classmethod
    def of(cls, extra: Floats, drawn: Floats, councils: pd.DataFrame, level: float) -> "Sums":
        """Add councils up: extra (C,), drawn (B, C)."""
        sums = np.sort(drawn.sum(axis=1))
        lower, upper = interval(sums, level)
        within = ~councils["is_beyond_spends_seen"].to_numpy(dtype=bool)
        return cls(float(extra.sum()), float(lower), float(upper), float(extra[within].sum()), float(sums[(len(sums) - 1) // 2]))


@dataclass(frozen=True)
class CostOfGood(Told):
    """The preventative spend that goes with even odds of good or better, and what it would take to get there.

    An association turned into money, not what a grade costs.

    Parameters
    ----------
    councils : council, council_name, region, financial_year, children, deprivation_decile, deprivation_vintage, spend_per_child,
        probability, target_per_child, target_lower, target_upper, extra_gbp, extra_lower_gbp, extra_upper_gbp,
        no_answer_share, is_beyond_spends_seen. One row a council at its latest figures. Spend is preventative, £ a child, in
        `price_base` prices, as is every pound here; `probability` is the predicted chance of good or better at that spend;
        `target_…` the spend at which it is one half, with its interval; `extra_…` what is missing to it, a year; inf = no
        finite answer, in `no_answer_share` of the draws.
    england : Sums
        Of the councils in the table.
    left_out : council, council_name, region, reason
    frameworks, without
        Inspections of the model; regions left out of it and of the sum.
    price_base
        Prices of this financial year.
    judgements
        How many the model stands on.
    draws, asked, draws_without_answer
        Refits used, refits tried, and of those used the ones whose slope of spend is not positive.
    """

    councils: pd.DataFrame
    england: Sums
    left_out: pd.DataFrame
    frameworks: tuple[str, ...]
    without: tuple[str, ...]
    price_base: str
    judgements: int
    draws: int
    asked: int
    draws_without_answer: int

    @property
    def below(self) -> pd.DataFrame:
        """The councils whose predicted chance is below one half."""
        return self.councils.loc[self.councils["probability"] < EVEN]

    @property
    def without_finite_answer(self) -> pd.DataFrame:
        """The councils that no spend brings to even odds, by the model itself."""
        return self.councils.loc[self.councils["extra_gbp"] == np.inf]

    @property
    def without_finite_interval(self) -> pd.DataFrame:
        """The councils whose interval has no finite upper end."""
        return self.councils.loc[self.councils["extra_upper_gbp"] == np.inf]

    def to_frame(self) -> pd.DataFrame:
        """Return the councils."""
        return self.councils

    def __str__(self) -> str:
        """Say the sum, its interval and who is in it."""
        year, sums = self.councils["financial_year"].iloc[0], self.england
        where = f" outside {', '.join(self.without)}" if self.without else ""
        beyond = int(self.below["is_beyond_spends_seen"].sum())
        unanswered = self.without_finite_answer["council_name"]
        lines = [
            f"By {' and '.join(self.frameworks)} first inspections{where} ({self.judgements} judgements), {len(self.below)} of "
            f"{len(self.councils)} councils are below even odds of good or better at their preventative spend of {year}.",
            f"To the spend that goes with even odds they are {as_sum(sums.extra_gbp)} a year short ({as_sum(sums.lower_gbp)} to "
            f"{as_sum(sums.upper_gbp)}; {self.price_base} prices), {beyond} of them to a spend above any judged council's of like "
            "deprivation.",
            f"Without a finite answer: {', '.join(unanswered) or 'none'}; but in {self.draws_without_answer:,} of {self.draws:,} draws "
            "more spend does not go with a better chance, and no council below has one.",
            f"Left out: {', '.join(self.left_out['council_name']) or 'none'}.",
            "An association turned into money: nothing shows that the grade would follow.",
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return "".join(f"<p>{html.escape(line)}</p>" for line in str(self).splitlines())


def as_sum(pounds: float) -> str:
    """Return a sum in words: "£2.65bn", or that there is none."""
    return f"£{pounds / 1e9:.2f}bn" if np.isfinite(pounds) else "no finite sum"


def interval(drawn: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the quantiles of (B, …) draws that hold `level` between them; answers that are not finite rank above all."""
    ordered = np.sort(drawn, axis=0)
    last = len(ordered) - 1
    low, high = (int(np.floor(last * (0.5 - level / 2))), int(np.ceil(last * (0.5 + level / 2))))
    return ordered[low], ordered[high]
