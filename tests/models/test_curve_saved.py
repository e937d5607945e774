"""The specification curve as kept among the figures: still that of the figures, and worked out again in part."""

import numpy as np
import pytest

from fundgap.data.store import Store, default_store
from fundgap.errors import BadFigures, NoData
from fundgap.models.curve import SEED, specification_table
from fundgap.models.curve_choices import GROUPS, Specification, choices
from fundgap.models.curve_data import CurveData
from fundgap.models.curve_result import EVERY, SpecificationCurve
from fundgap.models.curve_run import Run, run
from fundgap.models.curve_saved import save_curve, stored_curve

# Kept with fifteen digits; another processor's sums may differ in the last few, and the gradient ends within 1e-9 of nought.
SAME_ESTIMATE = 1e-6
# Rows worked out again: every so-many-th, so that over the table each option is among them.
EVERY_SO_MANY = 50


@pytest.fixture(scope="module")
def curve() -> SpecificationCurve:
    return stored_curve()


def test_rows_of_the_kept_table_come_out_again(curve: SpecificationCurve, data: CurveData) -> None:
    kept = curve.table.iloc[::EVERY_SO_MANY].reset_index(drop=True)
    specifications = tuple(Specification(*row) for row in kept[list(GROUPS)].itertuples(index=False))
    estimates = run(Run(data, choices(), specifications, np.arange(len(data.names))[None, :]), n_jobs=1)
    again = specification_table(choices(), specifications, estimates)
    for name in again.columns:
        if again[name].dtype == float:
            np.testing.assert_allclose(again[name], kept[name].astype(float), rtol=SAME_ESTIMATE, err_msg=name)
        else:
            assert again[name].tolist() == kept[name].tolist(), name


def test_what_is_kept_is_what_was_promised(curve: SpecificationCurve) -> None:
    assert len(curve.table) == choices().draw > 1000
    assert curve.run["shuffles"] >= 500
    assert curve.run["seed"] == SEED
    good = curve.table["is_converged"]
    assert (curve.failures["fits"] == good.sum() * curve.run["shuffles"]).all()
    assert len(curve.band) == good.sum()


def test_summary_and_tests_agree_on_what_was_observed(curve: SpecificationCurve) -> None:
    summary, test = curve.summary().iloc[0], curve.joint_test().loc[EVERY]["observed"]
    assert np.exp(test["median"]) == pytest.approx(summary["median"], rel=1e-3), "an even number of ratios has two middles"
    for name in ("share_positive", "share_significant_positive", "share_significant_negative"):
        assert test[name] == pytest.approx(summary[name])
    by_spend = curve.summary("spend")
    assert by_spend["specifications"].sum() == len(curve.table)
    assert by_spend["failed"].sum() == summary["failed"] == (~curve.table["is_converged"]).sum()


def test_a_curve_of_other_figures_is_refused(store: Store) -> None:
    path = store.processed / "inspections.csv"
    path.write_text(path.read_text("utf-8").replace("Outstanding", "Good", 1), "utf-8")
    with pytest.raises(BadFigures, match=r"figures changed since.*\n.*make curve"):
        stored_curve(store)


def test_a_kept_table_that_was_changed_is_refused(store: Store) -> None:
    path = store.root / "curve" / "table.csv"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(BadFigures, match=r"table\.csv: found another file"):
        stored_curve(store)


def test_without_a_kept_curve_there_is_a_way_to_make_one(bare_store: Store) -> None:
    with pytest.raises(NoData, match="make curve"):
        stored_curve(bare_store)


def test_what_is_saved_is_what_is_read(curve: SpecificationCurve, store: Store) -> None:
    before = {path.name: path.read_bytes() for path in (default_store().root / "curve").glob("[a-z]*.*")}
    save_curve(curve, store)
    assert {path.name: path.read_bytes() for path in (store.root / "curve").glob("[a-z]*.*")} == before
