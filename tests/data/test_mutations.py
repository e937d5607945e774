"""Spoilt files: each gives the same tables as the whole one, or a refusal that names the file; never other figures unsaid."""

import os
import re
from functools import lru_cache
from pathlib import Path

import layouts
import pytest
from mutations import KINDS, Tally, Trial, hints_for
from mutations.trial import EMPTY

from fundgap.data.sources import read_register

# Set it to repeat one spoilt file alone, together with the name of the test that a failure shows.
_SEED = "FUNDGAP_SEED"


@pytest.fixture(scope="module", params=layouts.DRAFTS)
def trial(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return Trial.of(request.param, tmp_path_factory.mktemp("trial"), hints_for)


def test_the_whole_file_gives_rows(trial: Trial) -> None:
    for tables in trial.whole.values():
        assert tables
        assert all(text.count("\n") > 1 for text in tables.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_spoilt_file_gives_the_same_tables_or_is_refused(trial: Trial, kind: str, tally: Tally) -> None:
    how = KINDS[kind]
    if not trial.is_tried(kind, how):
        return
    seeds = [int(os.environ[_SEED])] if _SEED in os.environ else range(how.seeds)
    seen, wrong = set(), []
    for seed in seeds:
        spoilt = trial.spoilt(kind, how, seed)
        if spoilt is None or spoilt[0].read_bytes() in seen:
            continue
        path, row = spoilt
        seen.add(path.read_bytes())
        for setting in trial.settings(kind, how, seed):
            outcome, why = trial.outcome(path, setting)
            tally.counts[kind, outcome] += 1
            if outcome in ("different", "broken"):
                wrong.append(f"{_SEED}={seed}, {setting}: {outcome}: {why}")
            if outcome == "refused" and how.names_row and row and not re.search(rf"row {row}\b", why):
                wrong.append(f"{_SEED}={seed}, {setting}: row {row} is not named: {why}")
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def drafts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drafts")


@lru_cache
def saved(name: str, folder: Path) -> bytes:
    """Return the bytes of a whole draft, written once."""
    return layouts.DRAFTS[name]().save(folder).read_bytes()


def test_the_file_of_another_release_in_its_place_is_refused(trial: Trial, tally: Tally, drafts_folder: Path) -> None:
    path, wrong = trial.folder / trial.draft.file, []
    for name in layouts.DRAFTS:
        if name == trial.name:
            continue
        path.write_bytes(saved(name, drafts_folder))
        outcome, why = trial.outcome(path, EMPTY)
        tally.counts["file of another release", outcome] += 1
        wrong += [f"{name}: {outcome}: {why}"] if outcome != "refused" else []
    assert not wrong, "\n".join(wrong)


def test_a_file_given_as_another_release_of_its_reader_is_refused(trial: Trial, tally: Tally) -> None:
    source, wrong = trial.draft.source, []
    register = read_register(trial.stores[EMPTY])
    path = trial.draft.save(trial.folder)
    for release in register.values():
        if release.id in (source, "neighbouring-release") or release.reader != register[source].reader:
            continue
        outcome, why = trial.outcome(path, EMPTY, release.id)
        tally.counts["given as another release", outcome] += 1
        wrong += [f"{release.id}: {outcome}: {why}"] if outcome != "refused" else []
    assert not wrong, "\n".join(wrong)
