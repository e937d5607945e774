"""A projected gap: England, the councils, what drives it, and who is not in it."""

from dataclasses import dataclass

import pandas as pd

from fundgap.gap.scenario import Scenario


@dataclass(frozen=True)
class Gap:
    """A projected gap. Money is in cash unless the column ends in `_real`.

    Parameters
    ----------
    england : financial_year, councils, children, need_gbp, funding_gbp, gap_gbp, cumulative_gap_gbp, gap_gbp_real
        One row a year from the base year on, the sum of `councils`; `cumulative_gap_gbp` adds the yearly gaps up.
    councils : the same by council and council_name
    drivers : financial_year, driver, gap_gbp
        What each driver adds to England's gap of the year; they add up to it exactly (logarithmic mean Divisia, LMDI-I).
    rates : assumption, category, growth
        Rates as used, those estimated from the panel included.
    left_out : council, council_name, reason
        Councils without the outturn to start from; they are in no figure.
    price_base
        The year whose prices `_real` columns are in: the base year.
    prices
        General prices by financial year, base year = 1: as published for paths of the past, as assumed for growth.
    """

    scenario: Scenario
    england: pd.DataFrame
    councils: pd.DataFrame
    drivers: pd.DataFrame
    rates: pd.DataFrame
    left_out: pd.DataFrame
    price_base: str
    prices: pd.Series

    def to_frame(self) -> pd.DataFrame:
        """Return England's years."""
        return self.england

    def __str__(self) -> str:
        """Say the last year's gap in words."""
        last = self.england.iloc[-1]
        real = f", £{last['gap_gbp_real'] / 1e9:.1f}bn in {self.price_base} prices" if self.price_base != last["financial_year"] else ""
        names = f"; without {', '.join(self.left_out['council_name'])}" if len(self.left_out) else ""
        return (
            f"{self.scenario.id}: a yearly gap of £{last['gap_gbp'] / 1e9:.1f}bn in {last['financial_year']} (cash{real}), "
            f"{last['councils']:.0f} councils{names}"
        )

    def _repr_html_(self) -> str:
        shown = self.england.assign(**{name: self.england[name] / 1e9 for name in self.england.columns if "_gbp" in name})
        return str(shown.rename(columns=lambda name: name.replace("_gbp", "_gbp_bn")).round(2).to_html(index=False))
