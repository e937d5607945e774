"""Files spoilt on purpose, by the seed: what each kind of spoiling does, and what the data floor made of it."""

from mutations.change import Kind
from mutations.figures import FIGURE_KINDS
from mutations.files import FILE_KINDS
from mutations.hints import Hints, hints_for
from mutations.places import PLACE_KINDS
from mutations.shape import SHAPE_KINDS
from mutations.sheets import SHEET_KINDS
from mutations.trial import Outcome, Tally, Trial

# Every kind of spoiling, by the words that the table at the end of a test run shows.
KINDS: dict[str, Kind] = SHAPE_KINDS | FIGURE_KINDS | PLACE_KINDS | SHEET_KINDS | FILE_KINDS

__all__ = ["KINDS", "Hints", "Kind", "Outcome", "Tally", "Trial", "hints_for"]
