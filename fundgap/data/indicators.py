"""What each indicator measures: its label, its unit, the day or year it is of, and who publishes it. Definitions only."""

from dataclasses import dataclass

_ANY = (0.0, float("inf"))
_BOUNDS = {"%": (0.0, 100.0), "share": (0.0, 1.0), "per 10,000 children": (0.0, 10_000.0), "£ a week, cash": (100.0, 100_000.0)}
_ADD_UP = ("£, cash", "children", "social workers", "cases")


@dataclass(frozen=True)
class Indicator:
    """One indicator of the table `indicators`.

    Parameters
    ----------
    of
        The day or year that a figure is about. The table files it under the financial year in which that day falls; for a year
        that ends on 30 September, the one in which it ends.
    note
        What has to be known before the figure is compared with another.
    """

    name: str
    label: str
    unit: str
    of: str
    publisher: str
    note: str = ""

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest value that the unit allows."""
        return _BOUNDS.get(self.unit, _ANY)

    @property
    def adds_up(self) -> bool:
        """Whether England's figure is the sum of the councils'; a rate's is not."""
        return self.unit in _ADD_UP


_DFE, _DWP = "Department for Education", "Department for Work and Pensions"
_OUTTURN = "Rounded to £5. A year's spend over the children of 31 March (residential: over days of care), so a cost only about right."
_NEEDS = "On the publisher's own estimates of children, revised after Census 2021."
_COLLECTION = "Until September 2016 councils sent totals, since 2017 a record for every social worker: the step between is not real."
_JOINT = "Kingston and Richmond, and since 2021 North and West Northamptonshire, make one return: its rate stands for both."
_STAFF = f"{_JOINT} {_COLLECTION}"
_COUNTS = "Blank where councils make one return together, because the figure is of neither alone. "
_LOCAL = "Revised with the regions' survey estimates, so years compare badly: the East Midlands rise by half in 2021-22."
_SHARE = "Children in families on out-of-work benefits, or on tax credits with an income below 60% of the median, over Child Benefit's."

_ALL = (
    Indicator(
        "published_looked_after_per_10k",
        "Children looked after",
        "per 10,000 children",
        "31 March",
        _DFE,
        "Whole numbers. " + _NEEDS,
    ),
    Indicator(
        "children_in_need_per_10k", "Children in need", "per 10,000 children", "31 March", _DFE, "Unborn children included. " + _NEEDS
    ),
    Indicator("protection_plans_per_10k", "Children on a protection plan", "per 10,000 children", "31 March", _DFE, _NEEDS),
    Indicator("section_47_per_10k", "Section 47 enquiries started", "per 10,000 children", "year to 31 March", _DFE, _NEEDS),
    Indicator("looked_after_weekly_gbp", "Looked-after children, unit cost", "£ a week, cash", "financial year", _DFE, _OUTTURN),
    Indicator("residential_weekly_gbp", "Residential care, unit cost", "£ a week, cash", "financial year", _DFE, _OUTTURN),
    Indicator("fostering_weekly_gbp", "Fostering, unit cost", "£ a week, cash", "financial year", _DFE, _OUTTURN),
    Indicator(
        "leaving_care_gbp",
        "Leaving care support, gross spend",
        "£, cash",
        "financial year",
        _DFE,
        "A part of spend on looked-after children.",
    ),
    Indicator("social_workers_fte", "Children's social workers, full-time", "social workers", "30 September", _DFE, _COUNTS + _COLLECTION),
    Indicator("cases_held", "Cases held by social workers", "cases", "30 September", _DFE, _COUNTS + _COLLECTION),
    Indicator(
        "caseload",
        "Cases for each social worker who holds any",
        "cases per social worker",
        "30 September",
        _DFE,
        "Agency workers counted since 2017; 2016, which was counted otherwise, is not held. " + _JOINT,
    ),
    Indicator("agency_workers_pct", "Agency workers among social workers", "%", "30 September", _DFE, _STAFF),
    Indicator("vacancies_pct", "Vacancies among social workers' posts", "%", "30 September", _DFE, _STAFF),
    Indicator("turnover_pct", "Social workers who left", "%", "year to 30 September", _DFE, _STAFF),
    Indicator("absence_pct", "Days lost to sickness", "%", "year to 30 September", _DFE, _STAFF),
    Indicator("agency_covering_vacancies_pct", "Agency workers who cover a vacancy", "%", "30 September", _DFE, _JOINT),
    Indicator(
        "low_income_dwp_revised_under_16_pct",
        "Children under 16 in relative low income, before housing costs; revised series",
        "%",
        "financial year",
        _DWP,
        "Calibrated to the United Kingdom's survey estimate. On the boundaries of April 2023 throughout.",
    ),
    Indicator(
        "low_income_dwp_0_15",
        "Children aged 0-15 in relative low income, before housing costs; earlier series",
        "children",
        "financial year",
        _DWP,
        _LOCAL + " On the boundaries of 2021-22 throughout.",
    ),
    Indicator(
        "low_income_dwp_0_19",
        "Children aged 0-19 in relative low income, before housing costs; earlier series",
        "children",
        "financial year",
        _DWP,
        _LOCAL + " On the boundaries of 2021-22 throughout.",
    ),
    Indicator(
        "low_income_hmrc_under_16_share",
        "Children under 16, local low-income measure",
        "share",
        "31 August",
        "HM Revenue & Customs",
        _SHARE,
    ),
    Indicator(
        "low_income_hmrc_all_share",
        "All dependent children under 20, local low-income measure",
        "share",
        "31 August",
        "HM Revenue & Customs",
        _SHARE,
    ),
)
INDICATORS = {indicator.name: indicator for indicator in _ALL}
