"""What tests share: the official files where they are at hand, and figures that a test may change."""

import os
import shutil
from pathlib import Path

import layouts
import pytest

from fundgap.data.store import Store

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
    return Store(shutil.copytree(layouts.DATA, tmp_path / "data"))


@pytest.fixture
def bare_store(tmp_path: Path) -> Store:
    """Return a store with the registers and without a single figure."""
    return layouts.registers_only(tmp_path / "bare")
