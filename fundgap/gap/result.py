"""A projected gap: England, the councils, what drives it, and who is not in it."""

from dataclasses import dataclass

import pandas as pd

from fundgap.gap.scenario import Scenario
from fundgap.shown import Told

# Further ahead than this many years a projection says less and less.
_FAR = 5


@dataclass(frozen=True)
class Gap(Told):
    """A projected gap. Money is in cash, and in base-year prices where the column ends in `_real`.

    Parameters
    ----------
    england : financial_year, councils, children, need_gbp, funding_gbp, gap_gbp, cumulative_gap_gbp, and the same `_real`
        One row a year from the base year on, the sum of `councils`; `cumulative_gap_gbp` adds the yearly gaps up, and so does
        `cumulative_gap_gbp_real` the real ones (it is no deflated sum).
    regions : the same by region
    councils : the same by council, council_name and region
    categories : council, council_name, region, category, financial_year, need_gbp, need_gbp_real
        Need by category of spend; a published path in pounds has one category only.
    drivers : financial_year, driver, gap_gbp, gap_gbp_real
        What each driver adds to England's gap of the year; they add up to it exactly (logarithmic mean Divisia, LMDI-I).
    region_drivers, council_drivers : the same by region; by council, council_name and region
        They add up to the gap of each region and council, and to `drivers`.
    rates : assumption, category, growth, basis
        Mean yearly rates as used, in real terms, those estimated from the panel included, and what they rest on.
    left_out : council, council_name, reason
        Councils without the outturn to start from; they are in no figure.
    price_base
        The year whose prices `_real` columns are in: the base year.
    prices
        General prices by financial year, base year = 1: as published for paths of the past, as assumed for growth.
    """

    scenario: Scenario
    england: pd.DataFrame
    regions: pd.DataFrame
    councils: pd.DataFrame
    categories: pd.DataFrame
    drivers: pd.DataFrame
    region_drivers: pd.DataFrame
    council_drivers: pd.DataFrame
    rates: pd.DataFrame
    left_out: pd.DataFrame
    price_base: str
    prices: pd.Series

    def to_frame(self) -> pd.DataFrame:
        """Return England's years."""
        return self.england

    def __str__(self) -> str:
        """Say the gap in words: of the last year, and of the fifth first where that is earlier."""
        england = self.england.set_index("financial_year")
        last = england.index[-1]
        names = f"; without {', '.join(self.left_out['council_name'])}" if len(self.left_out) else ""
        shown = [england.index[_FAR], last] if len(england) > _FAR + 1 else [last]
        sums = []
        for year in shown:
            real = f", £{england['gap_gbp_real'][year] / 1e9:.1f}bn in {self.price_base} prices" if self.price_base != year else ""
            sums.append(f"£{england['gap_gbp'][year] / 1e9:.1f}bn in {year} (cash{real})")
        far = ", which is far ahead and says little" if len(shown) > 1 else ""
        return f"{self.scenario.id}: a yearly gap of {' and '.join(sums)}{far}, {england['councils'][last]:.0f} councils{names}"

    def _repr_html_(self) -> str:
        shown = self.england.assign(**{name: self.england[name] / 1e9 for name in self.england.columns if "_gbp" in name})
        return str(shown.rename(columns=lambda name: name.replace("_gbp", "_gbp_bn")).round(2).to_html(index=False))
