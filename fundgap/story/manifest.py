"""What a report was made from: hashes of the figures, versions of the software, scenarios, and the seeds of chance."""

import html
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from fundgap import __version__
from fundgap.data.prices import BASE_YEAR
from fundgap.data.store import Store, sha256
from fundgap.gap.scenario import scenarios
from fundgap.story.chapters import Chapter
from fundgap.story.markup import tidy_tables
from fundgap.story.tables import HASH_SHOWN

_PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib")


def manifest(store: Store, chapters: Sequence[Chapter]) -> dict[str, Any]:
    """Return what the report was made from: inputs by SHA-256, versions, scenarios, price base, and seeds by chapter."""
    inputs = {path.name: sha256(path) for path in sorted(store.processed.glob("*.csv"))}
    inputs |= {path.name: sha256(path) for path in sorted(store.raw.glob("*.toml"))}
    return {
        "price_base": BASE_YEAR,
        "scenarios": list(scenarios()["id"]),
        "versions": {"fundgap": __version__, "python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "seeds": {chapter.name: chapter.seeds for chapter in chapters if chapter.seeds},
        "inputs": inputs,
    }


def shown(made_from: Mapping[str, Any]) -> str:
    """Return a manifest as HTML to be read; hashes are shortened, in full they are in manifest.toml."""
    words = {
        "Money": f"in {made_from['price_base']} prices (GDP deflator) unless a figure says cash",
        "Versions": ", ".join(f"{name} {number}" for name, number in made_from["versions"].items()),
        "Scenarios": ", ".join(made_from["scenarios"]),
        "Seeds": "; ".join(f"{name}: {', '.join(map(str, seeds))}" for name, seeds in made_from["seeds"].items())
        or "none: there is no chance in it",
    }
    listed = "".join(f"<dt>{name}</dt><dd>{html.escape(text)}</dd>" for name, text in words.items())
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td><code>{digest[:HASH_SHOWN]}</code></td></tr>" for name, digest in made_from["inputs"].items()
    )
    table = f"<table><thead><tr><th>Input</th><th>SHA-256, first {HASH_SHOWN} digits</th></tr></thead><tbody>{rows}</tbody></table>"
    return f'<dl>{listed}</dl>{tidy_tables(table, lambda own, heads: "Inputs")}<p>In full: <a href="manifest.toml">manifest.toml</a>.</p>'
