"""What tests share: the official files where they are at hand, and figures that a test may change."""

import os
import shutil
from pathlib import Path

import pytest

from fundgap.data.store import Store

DATA = Path(__file__).parents[1] / "data"
_FOLDER = "FUNDGAP_OFFICIAL"


@pytest.fixture(scope="session")
def official() -> Path:
    """Return the folder of official files; skip the test where nobody has said where it is."""
    if not os.environ.get(_FOLDER):
        pytest.skip(f"the official files are not here: set {_FOLDER} to their folder")
    return Path(os.environ[_FOLDER])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a fresh copy of the committed figures."""
    return Store(shutil.copytree(DATA, tmp_path / "data"))


@pytest.fixture
def bare_store(tmp_path: Path) -> Store:
    """Return a store with the registers and without a single figure."""
    root = tmp_path / "bare"
    (root / "raw").mkdir(parents=True)
    for name in ("councils.csv", "sources.toml", "known_differences.csv"):
        shutil.copyfile(DATA / "raw" / name, root / "raw" / name)
    return Store(root)
