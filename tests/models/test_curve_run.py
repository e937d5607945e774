"""A run of the specification curve: the same to the byte wherever it runs, and it goes on where it was stopped."""

import dataclasses
from pathlib import Path

import joblib
import numpy as np
import pytest

from fundgap.models import curve_fit, curve_run
from fundgap.models.curve_choices import Specification, choices
from fundgap.models.curve_data import CurveData
from fundgap.models.curve_run import Run, run
from fundgap.models.curve_shuffles import permutations, strata
from fundgap.models.curve_store import Part, PartStore, fingerprint

FIRST = Specification("rating", "sif", "england", "total", "per_child", "one_year", "imd_decile", "in_force", "none")
SOME = tuple(
    dataclasses.replace(FIRST, frameworks=frameworks, form=form, controls=controls)
    for frameworks in ("sif", "sif_ilacs")
    for form in ("per_child", "residual")
    for controls in ("none", "region", "year")
)


@pytest.fixture(scope="module")
def work(data: CurveData) -> Run:
    return Run(data, choices(), SOME, permutations(strata(data, "deprivation"), 9, seed=1))


@pytest.fixture(scope="module")
def alone(work: Run) -> Part:
    """Return the estimates of one core."""
    return run(work, n_jobs=1)


@pytest.fixture(autouse=True)
def small_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curve_run, "JOB", 5)


def assert_same_bytes(ours: Part, theirs: Part) -> None:
    assert list(ours) == list(theirs)
    for name in ours:
        assert ours[name].dtype == theirs[name].dtype
        assert ours[name].tobytes() == theirs[name].tobytes(), name


def test_two_cores_give_the_bytes_of_one(work: Run, alone: Part) -> None:
    assert alone["is_converged"].all()
    assert_same_bytes(run(work, n_jobs=2), alone)


def test_a_dask_cluster_gives_the_bytes_of_one_core(work: Run, alone: Part) -> None:
    distributed = pytest.importorskip("distributed", reason="dask and distributed are the optional extra 'cluster'")
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None)
    with cluster, distributed.Client(cluster), joblib.parallel_config("dask"):
        assert_same_bytes(run(work), alone)


def test_a_shuffle_comes_out_the_same_whatever_runs_beside_it(work: Run, alone: Part) -> None:
    fewer = dataclasses.replace(work, specifications=SOME[4:6], owners=work.owners[:4])
    part = run(fewer, n_jobs=1)
    for name in ("slope", "error", "spread", "n"):
        assert part[name].tobytes() == np.ascontiguousarray(alone[name][4:6, :4]).tobytes()


def test_a_stopped_run_goes_on_where_it_was(work: Run, alone: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fit, done = curve_fit.fit_specification, []

    def stops_at_the_eighth(arrays: curve_fit.Arrays) -> curve_fit.FittedSpecification:
        if len(done) == 7:
            raise KeyboardInterrupt
        done.append(1)
        return fit(arrays)

    monkeypatch.setattr(curve_fit, "fit_specification", stops_at_the_eighth)
    with pytest.raises(KeyboardInterrupt):
        run(work, n_jobs=1, folder=tmp_path)
    assert [path.name for path in tmp_path.glob("part-*")] == ["part-00000.npz"]
    done.clear()
    monkeypatch.setattr(curve_fit, "fit_specification", lambda arrays: (done.append(1), fit(arrays))[1])
    assert_same_bytes(run(work, n_jobs=1, folder=tmp_path), alone)
    assert len(done) == len(SOME) - 5


def test_a_finished_run_fits_nothing_again_and_a_damaged_part_is_made_anew(
    work: Run, alone: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(work, n_jobs=1, folder=tmp_path)
    fit, done = curve_fit.fit_specification, []
    monkeypatch.setattr(curve_fit, "fit_specification", lambda arrays: (done.append(1), fit(arrays))[1])
    assert_same_bytes(run(work, n_jobs=1, folder=tmp_path), alone)
    assert not done
    path = tmp_path / "part-00001.npz"
    path.write_bytes(path.read_bytes()[:200])
    assert_same_bytes(run(work, n_jobs=1, folder=tmp_path), alone)
    assert len(done) == 5


def test_a_changed_input_starts_anew_and_says_which(
    work: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = dataclasses.replace(work, specifications=SOME[:2], owners=work.owners[:2])
    run(small, n_jobs=1, folder=tmp_path)
    (tmp_path / "mine.txt").write_text("not a part")
    other = dataclasses.replace(small, owners=permutations(strata(work.data, "deprivation"), 1, seed=2))
    part = run(other, n_jobs=1, folder=tmp_path, progress=True)
    said = " ".join(capsys.readouterr().err.split())
    assert "Starting anew: shuffles changed" in said
    assert_same_bytes(part, run(other, n_jobs=1))
    assert (tmp_path / "mine.txt").read_text() == "not a part"


def test_the_fingerprint_of_the_figures_changes_with_any_of_them(data: CurveData) -> None:
    spend = {name: values.copy() for name, values in data.spend.items()}
    spend["total", "log"][3, 4] += 1e-12
    assert fingerprint(dataclasses.replace(data, spend=spend)) != fingerprint(data)
    assert fingerprint([1, 2], [3]) != fingerprint([1], [2, 3])
    assert fingerprint("ab", "c") != fingerprint("a", "bc")


def test_a_part_that_is_being_written_is_not_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PartStore(tmp_path, {"figures": "a"})

    def breaks(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", breaks)
    with pytest.raises(OSError, match="disk full"):
        store.save(0, {"slope": np.ones(3)})
    assert store.finished() == {}
    assert not list(tmp_path.glob("*.tmp"))
