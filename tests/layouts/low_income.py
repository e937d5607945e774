"""Children in low-income families: HM Revenue & Customs and Department for Work and Pensions."""

import re

from layouts.drafts import ENGLAND, Draft, Rows, register

HMRC_DISTRICTS = 201


def _councils(year: str, *, counties: bool = True) -> list[str]:
    here = [row for row in register() if row["first_year"] <= year <= (row["last_year"] or "9999")]
    return [row["council"] for row in here if counties or not re.search(r"E10\d{6}", f"{row['council']} {row['other_codes']}")]


def share_of(place: int) -> float:
    """Return an invented share of children under 16; of all children it is 0.01 less."""
    return 0.1 + place / 1000


def low_income_hmrc() -> Draft:
    """Return the snapshots of 2015 and 2016: England first, then councils; in 2016 districts in place of counties."""
    rows: Rows = [["year", "code", "pct_under16", "pct_all_children_or_16_19"]]
    for year, councils in ((2015, _councils("2015-16")), (2016, _councils("2016-17", counties=False))):
        districts = [f"E07{number:06d}" for number in range(HMRC_DISTRICTS)] if year == 2016 else []
        rows.append([year, ENGLAND, 0.15, 0.14])
        rows += [
            [year, code, f"{share_of(place):.3f}", f"{share_of(place) - 0.01:.3f}"] for place, code in enumerate([*councils, *districts])
        ]
    return Draft("low-income-hmrc", "hmrc_clif_2011_2016_pct_by_la.csv", {"": rows}, "", 1)


def low_income_dwp() -> Draft:
    """Return two years of numbers, both on the councils of 2021-22, without England."""
    rows: Rows = [["code", "year", "n_0_19", "n_0_15"]]
    for place, code in enumerate(_councils("2021-22")):
        rows += [[code, year, 2000 + place, 1500 + place + start] for start, year in enumerate(("2014/15", "2021/22"))]
    return Draft("low-income-dwp", "cilif_relative_bhc_by_la_2014-15_to_2021-22.csv", {"": rows}, "", 1)
