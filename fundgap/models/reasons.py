"""Why a row is not used: the first reason that applies, in words."""

from collections.abc import Mapping

import pandas as pd


def first_reason(tests: Mapping[str, "pd.Series[bool]"]) -> "pd.Series[str]":
    """Return for each row the text of the first test that is true of it, "" where none is. All tests have one index."""
    reason = pd.Series("", index=next(iter(tests.values())).index)
    for text, applies in tests.items():
        reason = reason.mask((reason == "") & applies, text)
    return reason
