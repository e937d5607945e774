"""What need leads to expect of councils whose own spend is not in the fit: no usable return, or too small to be compared."""

import numpy as np
import pandas as pd

from fundgap.errors import CannotFit, NoData
from fundgap.models.need import low_income, within_edition
from fundgap.models.spending import NEED, ExpectedSpend

_REGION = "C(region)[T.{}]"
# The fit's own councils must come out as it has them, but for rounding.
_SAME = 1e-9


def expected_everywhere(years: pd.DataFrame, expected: ExpectedSpend) -> pd.DataFrame:
    """Return expected spend a child for every council of the year, those outside the fit by the fit of the others.

    Need does not hang on whether a council made a return. Deprivation is put in the standard deviations of the councils that were
    fitted; a council far from all of them (City of London, Isles of Scilly) is an extrapolation, and marked.

    Parameters
    ----------
    years
        As it was given to `expected_spend`.
    expected
        From `expected_spend`, of one year, with need as it is by default.

    Returns
    -------
    pandas.DataFrame
        council, council_name, children, expected (£ a child, prices of the fit), is_outside_fit. Missing where a figure of need is.

    Raises
    ------
    CannotFit
        When the fit is of several years, of other need than the default, or of other figures.
    NoData
        When a region was not in the fit.
    """
    if len(expected.financial_years) != 1 or expected.need != NEED:
        raise CannotFit(f"Expected spend elsewhere wants a fit of one year on {', '.join(NEED)}.")
    rows = years[years["financial_year"] == expected.financial_years[0]].reset_index(drop=True)
    fitted = rows[rows["council"].isin(expected.councils["council"])]
    terms = dict(zip(expected.terms, expected.estimates, strict=True))
    known = set(expected.councils["region"])
    unknown = sorted(set(rows["region"]) - known)
    if unknown:
        raise NoData(f"The fit has no region {', '.join(unknown)}.")
    log = (
        terms["constant"]
        + terms["deprivation"] * within_edition(rows, "imd_score", fitted)
        + terms["low_income"] * low_income(rows, expected.financial_years, NEED)
        # The region that the others are measured against has no term.
        + rows["region"].map({region: terms.get(_REGION.format(region), 0.0) for region in known})
    )
    table = rows[["council", "council_name", "children"]].assign(expected=np.exp(log) * expected.smearing)
    beside = table.set_index("council")["expected"].reindex(expected.councils["council"]).to_numpy()
    if not np.allclose(beside, expected.councils["expected"], rtol=_SAME, atol=0):
        raise CannotFit("The fit is on another measure of deprivation than the Index of Multiple Deprivation, or on other figures.")
    return table.assign(is_outside_fit=~rows["council"].isin(expected.councils["council"]))
