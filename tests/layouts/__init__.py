"""Small files in the publishers' real layouts, with invented figures: one module a publisher."""

from collections.abc import Callable

from layouts.deflator import deflator
from layouts.deprivation import (
    DEPRIVATION_SHEETS,
    NEW_UNITARIES,
    SMALL_AREAS,
    deprivation,
    deprivation_score,
    deprivation_scores,
    deprived_share,
    new_unitaries,
)
from layouts.drafts import COUNCILS_OF_2013, DATA, Draft, councils_in, register, registers_only
from layouts.lait import LAIT_SPEND, lait
from layouts.ofsted import (
    FIRST_ILACS_DATE,
    FIRST_ILACS_OVERALL,
    FIRST_ILACS_TYPE,
    HISTORY_POSITION_SHEET,
    HISTORY_SHEET,
    HISTORY_YEAR_SHEET,
    ILACS_SHEET,
    ILACS_YEAR_SHEET,
    POSITION_SHEET,
    SECOND_ILACS_DATE,
    SECOND_ILACS_LEAVERS,
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
from layouts.population_0_16 import children_0_16_of, population_0_16
from layouts.projection import AGE_GROUPS, OLD_CODES, people_of, projection
from layouts.section251 import INCOME_GBP, section251, spend_of

__all__ = [
    "AGES",
    "AGE_GROUPS",
    "COUNCILS_OF_2013",
    "DATA",
    "DEPRIVATION_SHEETS",
    "FIRST_ILACS_DATE",
    "FIRST_ILACS_OVERALL",
    "FIRST_ILACS_TYPE",
    "HISTORY_POSITION_SHEET",
    "HISTORY_SHEET",
    "HISTORY_YEAR_SHEET",
    "ILACS_SHEET",
    "ILACS_YEAR_SHEET",
    "INCOME_GBP",
    "LAIT_SPEND",
    "NEW_UNITARIES",
    "OLD_CODES",
    "POSITION_SHEET",
    "SECOND_ILACS_DATE",
    "SECOND_ILACS_LEAVERS",
    "SIF_AGAIN_DATE",
    "SIF_BOARD",
    "SIF_DATE",
    "SIF_OVERALL",
    "SLAC_DATE",
    "SMALL_AREAS",
    "SUPPRESSED",
    "TLAC_DATE",
    "Draft",
    "children_0_16_of",
    "councils_in",
    "day",
    "deflator",
    "deprivation",
    "deprivation_score",
    "deprivation_scores",
    "deprived_share",
    "lait",
    "new_unitaries",
    "ofsted_history",
    "ofsted_ilacs",
    "people_of",
    "population",
    "population_0_16",
    "projection",
    "register",
    "registers_only",
    "section251",
    "spend_of",
]

DRAFTS: dict[str, Callable[[], Draft]] = {
    "section251": section251,
    "lait": lait,
    "ofsted-history": ofsted_history,
    "ofsted-ilacs": ofsted_ilacs,
    "deprivation": deprivation,
    "deprivation-scores": deprivation_scores,
    "population": population,
    "population-0-16": population_0_16,
    "projection": projection,
    "deflator": deflator,
}
