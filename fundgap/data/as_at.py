"""Until which day the register of judgements is known: what a spell that has not ended yet is cut off at."""

import re

import pandas as pd

from fundgap.data.sources import read_register
from fundgap.data.store import Store, default_store
from fundgap.errors import NoData

_AS_AT = re.compile(r"as at (\d{1,2} [A-Z][a-z]+ \d{4})")


def register_end(inspections: pd.DataFrame, store: Store | None = None) -> pd.Timestamp:
    """Return the day the latest of the judgements' releases speaks of: 31 March 2025 for "outcomes as at 31 March 2025".

    Such a release holds every inspection *begun* by that day, some reported a few weeks later; of reports it is complete
    only up to that day. So the day, not the last report, is where the time without a further judgement is cut off.

    Parameters
    ----------
    inspections
        With `source`, the ids of releases.

    Raises
    ------
    NoData
        When no release says "as at" a day in its title: then a day has to be given.
    """
    register = read_register(store or default_store())
    sources = [str(name) for name in inspections["source"].unique()] if "source" in inspections else []
    found = [_AS_AT.search(register[name].title) for name in sources if name in register]
    days = [pd.to_datetime(match.group(1), format="%d %B %Y") for match in found if match]
    if not days:
        raise NoData(f"None of the releases {', '.join(sources) or '(no column source)'} says as at which day it stands. Give as_at.")
    return max(days)
