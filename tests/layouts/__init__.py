"""Small files in the publishers' real layouts, with invented figures: one module a publisher."""

from collections.abc import Callable

from layouts.deflator import deflator
from layouts.deprivation import deprivation, deprivation_score
from layouts.drafts import COUNCILS_OF_2013, DATA, Draft, councils_in, register, registers_only
from layouts.lait import LAIT_SPEND, lait
from layouts.ofsted import (
    HISTORY_SHEET,
    ILACS_SHEET,
    POSITION_SHEET,
    SIF_AGAIN_DATE,
    SIF_BOARD,
    SIF_DATE,
    SIF_OVERALL,
    SLAC_DATE,
    TLAC_DATE,
    day,
    ofsted_history,
    ofsted_ilacs,
)
from layouts.population import AGES, SUPPRESSED, population
from layouts.revenue_outturn import ESTIMATE, GROSS, SERVICES, outturn_of, revenue_outturn
from layouts.section251 import INCOME_GBP, section251, spend_of

__all__ = [
    "AGES",
    "COUNCILS_OF_2013",
    "DATA",
    "ESTIMATE",
    "GROSS",
    "HISTORY_SHEET",
    "ILACS_SHEET",
    "INCOME_GBP",
    "LAIT_SPEND",
    "POSITION_SHEET",
    "SERVICES",
    "SIF_AGAIN_DATE",
    "SIF_BOARD",
    "SIF_DATE",
    "SIF_OVERALL",
    "SLAC_DATE",
    "SUPPRESSED",
    "TLAC_DATE",
    "Draft",
    "councils_in",
    "day",
    "deflator",
    "deprivation",
    "deprivation_score",
    "lait",
    "ofsted_history",
    "ofsted_ilacs",
    "outturn_of",
    "population",
    "register",
    "registers_only",
    "revenue_outturn",
    "section251",
    "spend_of",
]

DRAFTS: dict[str, Callable[[], Draft]] = {
    "section251": section251,
    "revenue-outturn": revenue_outturn,
    "lait": lait,
    "ofsted-history": ofsted_history,
    "ofsted-ilacs": ofsted_ilacs,
    "deprivation": deprivation,
    "population": population,
    "deflator": deflator,
}
