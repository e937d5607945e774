"""Briefs as files: a page, its figures and a manifest for each council; nothing of others' is overwritten, a folder holds whole briefs."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import joblib

from fundgap.data.store import Store, default_store
from fundgap.story.brief import CouncilBrief, council
from fundgap.story.brief_index import NAME as INDEX
from fundgap.story.brief_index import index_page
from fundgap.story.brief_inputs import BriefInputs, shared_inputs
from fundgap.story.brief_page import brief_page
from fundgap.story.brief_sections import GAP_YEAR
from fundgap.story.fan_figures import fan
from fundgap.story.file_set import inputs_of, refuse_in_the_way, write_files
from fundgap.story.findings import SEED

# Councils a worker takes at a time: the shared figures go to it once for all of them.
_CHUNK = 8
Contents = dict[str, str | bytes]


def names_of_all(store: Store | None = None) -> list[str]:
    """Return the ONS codes of the councils there are now, in order."""
    register = shared_inputs(store or default_store()).register
    return sorted(str(code) for code in register.index[register["last_year"].isna()])


def write_briefs(
    folder: str | Path,
    codes: Sequence[str],
    *,
    index: bool = False,
    n_jobs: int | None = None,
    done: Callable[[int, int | None], None] = lambda held, total: None,
    store: Store | None = None,
) -> list[Path]:
    """Write councils' briefs, `brief-NAME.html`, `.csv`, `-gap.csv` (where there is a gap) and `.manifest.toml`, and return the paths.

    Parameters
    ----------
    codes
        Names, ONS codes or DfE numbers.
    index
        Whether to write `index.html`, a page that leads to the brief of every council there is now; for `codes` that are all of them.
    n_jobs
        Workers, as joblib takes it; None leaves it to `joblib.parallel_config`.
    done
        Called with how many are written, of how many.

    Raises
    ------
    UnknownCouncil, NoData
        As `fundgap.council`; then nothing was written.
    FundgapError
        For files in the way that are not this library's: before anything is worked out where they are there then.
    """
    store = store or default_store()
    inputs = shared_inputs(store).ready()
    hashes = inputs_of(store)
    for code in codes:
        name = file_name(str(inputs.register["council_name"].get(code, code)))
        refuse_in_the_way(folder, name, [f"{name}.html", f"{name}.csv", f"{name}-gap.csv"])
    if index:
        refuse_in_the_way(folder, INDEX, [f"{INDEX}.html"])
    chunks = [codes[first : first + _CHUNK] for first in range(0, len(codes), _CHUNK)]
    tasks = (joblib.delayed(_made)(chunk, inputs, hashes, store) for chunk in chunks)
    paths: list[Path] = []
    written = 0
    done(0, len(codes))
    for made in joblib.Parallel(n_jobs=n_jobs if len(chunks) > 1 else 1, return_as="generator")(tasks):
        for brief, contents in made:
            settings = {"council": brief.council, "scenario": inputs.simulation.run.scenario.id, "draws": inputs.simulation.draws}
            title = f"Council brief: {brief.council_name}"
            name = file_name(brief.council_name)
            paths += write_files(folder, name, title, contents, settings=settings, seed=SEED, store=store, inputs=hashes)
            written += 1
            done(written, len(codes))
    if index:
        page = {f"{INDEX}.html": index_page(inputs.register, file_name, inputs.latest)}
        paths += write_files(folder, INDEX, "Council briefs", page, store=store, inputs=hashes)
    return paths


def file_name(council_name: str) -> str:
    """Return what a council's files are called: "St. Helens" → "brief-st-helens"."""
    plain = unicodedata.normalize("NFKD", council_name).encode("ascii", "ignore").decode().lower()
    return f"brief-{re.sub(r'[^a-z0-9]+', '-', plain).strip('-')}"


def _made(codes: Sequence[str], inputs: BriefInputs, hashes: dict[str, str], store: Store) -> list[tuple[CouncilBrief, Contents]]:
    return [brief_contents(council(code, store=store, inputs=inputs), inputs, hashes) for code in codes]


def brief_contents(brief: CouncilBrief, inputs: BriefInputs, hashes: dict[str, str]) -> tuple[CouncilBrief, Contents]:
    """Return a brief with its files by name."""
    name = file_name(brief.council_name)
    has_gap = any(row.has_value for row in brief.of("gap"))
    chart = fan(inputs.simulation, inputs.years, brief.council, until=GAP_YEAR) if has_gap else None
    contents: Contents = {f"{name}.html": brief_page(brief, chart, hashes, name)}
    contents[f"{name}.csv"] = brief.figures.to_csv(index=False, lineterminator="\n")
    if chart is not None:
        contents[f"{name}-gap.csv"] = chart.data.to_csv(index=False, lineterminator="\n")
    return brief, contents
