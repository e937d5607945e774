"""What is held: for every council, year and subject, whether a figure is published, worked out, or missing."""

import pandas as pd

STATES = ("published", "worked out", "missing")
# Subject: its column in council_years, and the flag that says a figure is not as published.
SUBJECTS: dict[str, tuple[str, str | None]] = {
    "Total spend": ("gross_spend_gbp", None),
    "Spend by category": ("preventative_spend_gbp", None),
    "Net spend (Section 251)": ("net_spend_gbp", None),
    "Net spend (Outturn)": ("ro3_net_spend_gbp", None),
    "Unit costs": ("looked_after_weekly_gbp", None),
    "Children": ("children", "is_children_scaled"),
    "Children looked after": ("looked_after", None),
    "Children in need": ("children_in_need_per_10k", None),
    "Protection plans": ("protection_plans_per_10k", None),
    "Section 47 enquiries": ("section_47_per_10k", None),
    "Social workers": ("turnover_pct", None),
    "Caseload": ("caseload", None),
    "Low income (HMRC)": ("low_income_hmrc_under_16_share", None),
    "Low income (DWP)": ("low_income_dwp_revised_under_16_pct", None),
    "Deprivation": ("deprivation_decile", "is_deprivation_derived"),
}


def data_coverage(years: pd.DataFrame) -> pd.DataFrame:
    """Return one row a council, financial year and subject: whether there is a figure, and as published or worked out.

    Parameters
    ----------
    years
        `council_years()`.

    Returns
    -------
    pandas.DataFrame
        subject, council, council_name, region, financial_year, state: "published", "worked out" (scaled or derived, and
        flagged so in `council_years`) or "missing". A council has no row for years in which it did not exist.

    Examples
    --------
    >>> import fundgap as fg
    >>> held = fg.data_coverage(fg.council_years()).query("subject == 'Total spend' and financial_year == '2024-25'")
    >>> sorted(held.loc[held["state"] == "missing", "council_name"])
    ['Middlesbrough', 'Wandsworth']
    """
    parts = []
    for subject, (column, flag) in SUBJECTS.items():
        state = years[column].notna().map({True: "published", False: "missing"})
        if flag is not None:
            state = state.mask(years[flag] & years[column].notna(), "worked out")
        parts.append(years[["council", "council_name", "region", "financial_year"]].assign(subject=subject, state=state))
    table = pd.concat(parts, ignore_index=True)
    table["state"] = pd.Categorical(table["state"], categories=list(STATES))
    return table[["subject", "council", "council_name", "region", "financial_year", "state"]]
