"""Every specification on every shuffle, over as many cores as there are: the same numbers to the byte on one, two or a cluster."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import scipy
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from threadpoolctl import threadpool_limits

from fundgap.models import curve_fit, curve_rows, likelihood, links, newton, ordinal, standardise, tiles
from fundgap.models.curve_choices import Choices, Specification
from fundgap.models.curve_data import CurveData
from fundgap.models.curve_store import Part, PartStore, code_hash, fingerprint
from fundgap.models.ordinal import Ints

# Specifications in a job: enough to be worth sending, few enough to lose little when a run is stopped.
JOB = 10
# Whatever the numbers come from once figures, specifications and shuffles are given.
_CODE = (curve_fit, curve_rows, likelihood, links, newton, ordinal, standardise, tiles)
_MEASURES = ("slope", "error", "spread", "n", "is_separated", "has_empty_grade", "is_collinear", "is_converged")


@dataclass(frozen=True)
class Run:
    """What is to be worked out.

    Parameters
    ----------
    specifications
        K of them.
    owners : (S + 1, C)
        Whose record each council holds: as observed, then in each shuffle.
    """

    data: CurveData
    options: Choices
    specifications: tuple[Specification, ...]
    owners: Ints

    def described(self) -> dict[str, str]:
        """Return hashes and versions of all that the numbers depend on, by name."""
        return {
            "figures": fingerprint(self.data),
            "specifications": fingerprint(self.specifications, self.options, JOB),
            "shuffles": fingerprint(self.owners),
            "code": code_hash(*(Path(str(module.__file__)) for module in _CODE)),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
        }


def run(work: Run, *, n_jobs: int | None = None, folder: Path | None = None, progress: bool = False) -> Part:
    """Return the estimates of every specification on every shuffle.

    Parameters
    ----------
    n_jobs
        As joblib takes it; None leaves it to `joblib.parallel_config`, by which a Dask cluster can be asked for too.
    folder
        Where finished parts are kept, so that a stopped run goes on where it was; nowhere if left out.
    progress
        Show a bar on standard error.

    Returns
    -------
    dict
        slope, error, spread, n, is_separated, has_empty_grade, is_collinear, is_converged: (K, S + 1) each, and councils,
        is_clustered: (K,), as `FittedSpecification` has them.
    """
    jobs = [work.specifications[first : first + JOB] for first in range(0, len(work.specifications), JOB)]
    console = Console(stderr=True, quiet=not progress)
    store = None if folder is None else PartStore(folder, work.described())
    parts = {} if store is None else store.finished()
    if store is not None and store.changed:
        console.print(f"Starting anew: {', '.join(store.changed)} changed since the parts in {folder} were made.")
    elif parts:
        console.print(f"{len(parts)} of {len(jobs)} parts were finished before.")
    missing = [number for number in range(len(jobs)) if number not in parts]
    with _bar(console) as bar:
        task = bar.add_task("Specification curve", total=len(work.specifications), completed=_done(jobs, parts))
        for number, part in _finished(work, jobs, missing, n_jobs):
            parts[number] = part
            if store is not None:
                store.save(number, part)
            bar.update(task, completed=_done(jobs, parts))
    return {name: np.concatenate([parts[number][name] for number in range(len(jobs))]) for name in parts[0]}


def _done(jobs: Sequence[Sequence[Specification]], parts: dict[int, Part]) -> int:
    return sum(len(jobs[number]) for number in parts)


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("specifications,"), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=console.quiet or not sys.stderr.isatty())


def _finished(work: Run, jobs: Sequence[Sequence[Specification]], missing: Sequence[int], n_jobs: int | None) -> Iterator[tuple[int, Part]]:
    """Yield the number and the estimates of each job as it comes back, in whatever order."""
    # Jobs in threads of this process would set back each other's limit; one around all of them holds throughout.
    with threadpool_limits(limits=1):
        tasks = (joblib.delayed(_job)(number, work.data, work.options, jobs[number], work.owners) for number in missing)
        yield from joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered")(tasks)


def _job(number: int, data: CurveData, options: Choices, specifications: Sequence[Specification], owners: Ints) -> tuple[int, Part]:
    """Fit some specifications; one thread, so that sums are added up in one order everywhere."""
    with threadpool_limits(limits=1):
        fits = [curve_fit.fit_specification(curve_fit.arrays_of(data, options, one, owners)) for one in specifications]
    part: Part = {name: np.array([getattr(fit, name) for fit in fits]) for name in _MEASURES}
    return number, part | {"councils": np.array([f.councils for f in fits]), "is_clustered": np.array([f.is_clustered for f in fits])}
