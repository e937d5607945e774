"""The layouts of official files: each reader's own, in the TOML file that bears its name."""

import copy
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any


def layouts_of(reader: str) -> dict[str, Any]:
    """Return the contents of a reader's layout file, such as that of "section251"."""
    return copy.deepcopy(_parsed(reader))


@lru_cache
def _parsed(reader: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(f"{reader}.toml").read_text("utf-8"))
