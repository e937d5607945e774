"""The ledger's tables and the early warning's charts say what their figures say."""

import numpy as np
import pandas as pd
import pytest

from fundgap.models.early_models import MODELS
from fundgap.models.early_warning import FORWARD, EarlyWarning
from fundgap.story import claims_tables, warning_figures


def made_up(lower: float, *, inside: bool) -> EarlyWarning:
    """Return an early warning in which every model's gain over the last grade has the same lower end."""
    rows: list[dict[str, object]] = []
    for place, model in enumerate(MODELS):
        row: dict[str, object] = {"validation": FORWARD, "model": model.name, "judgements": 100, "councils": 80, "rps": 0.14, "auc": 0.7}
        for name in ("rps_over_base_rate", "rps_over_same_again", "auc_over_same_again"):
            row |= {name: lower + 0.01 + place / 1000, f"{name}_lower": lower, f"{name}_upper": lower + 0.05}
        rows.append(row)
    fifths = [
        {
            "validation": FORWARD,
            "event": event,
            "fifth": fifth,
            "judgements": 20,
            "told": 0.1 * fifth,
            "happened": 0.1 * fifth,
            "inside": inside,
        }
        | {"lower": 0.05 * fifth, "upper": 0.15 * fifth}
        for event in ("Good or better", "Inadequate")
        for fifth in range(1, 6)
    ]
    left_out = pd.DataFrame({"council_name": ["Dorset", "Dorset", "Brent"], "reason": ["new", "new", "no caseload"]})
    return EarlyWarning(
        scores=pd.DataFrame(rows),
        calibration=pd.DataFrame(fifths),
        next_inspection=pd.DataFrame(),
        chosen=MODELS[-1].name,
        chosen_earlier=MODELS[0].name,
        verdict="Not good enough for use.",
        is_good_enough=False,
        rows=pd.DataFrame({"council": ["E1"]}),
        left_out=left_out,
        failed=pd.DataFrame(),
    )


def test_the_score_chart_says_that_nothing_beats_the_last_grade_unless_something_does() -> None:
    none, all_ = (warning_figures.score_comparison(made_up(lower, inside=True)) for lower in (-0.02, 0.02))
    assert none.title == "Nothing held clearly tells more of the next grade than the last one does"
    assert "workforce alone" in all_.title
    assert all_.title.endswith("beat the last grade alone")
    assert "(-0.020 to +0.030)" in none.alt
    assert len(none.data) == len(MODELS) - 2


@pytest.mark.parametrize(("inside", "words"), [(True, "Chances told came true"), (False, "within chance in 0 of 10 fifths")])
def test_the_calibration_chart_counts_the_fifths_that_are_off(inside: bool, words: str) -> None:
    chart = warning_figures.calibration(made_up(-0.02, inside=inside))
    assert words in chart.title
    assert chart.png() == chart.png()
    assert np.isclose(chart.data["told"].sum(), 2 * 0.1 * 15)


def test_left_out_rows_are_counted_and_councils_named_once() -> None:
    table = claims_tables.left_out(made_up(0.0, inside=True).left_out).to_frame()
    assert table.to_numpy().tolist() == [["new", "2", "Dorset"], ["no caseload", "1", "Brent"]]


def test_ids_of_the_ledger_lead_to_their_cells_and_words_are_escaped() -> None:
    ledger = pd.DataFrame({"id": ["nineteen"], "claim": ["<b>x</b>"], "said_by": ["a"], "said_on": ["b"]})
    ledger = ledger.assign(verdict="supported", interval="none", as_at="2016")
    shown = claims_tables.verdicts(ledger)._repr_html_()
    assert '<a href="#nineteen">nineteen</a>' in shown
    assert "&lt;b&gt;" in shown
    assert claims_tables.counts(ledger).to_frame().to_numpy().tolist() == [["supported", "1"]]
