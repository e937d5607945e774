"""How a result shows itself: in words where it is printed, in words and a table where a notebook displays it."""

from html import escape
from typing import Protocol

import pandas as pd

_DECIMALS = 3
_ROWS = 20


class _Printer(Protocol):
    def text(self, obj: str) -> None: ...


class Told:
    """A result that says itself in words, as its `__str__` does, where a prompt or a notebook without HTML displays it."""

    def _repr_pretty_(self, printer: _Printer, cycle: bool) -> None:
        printer.text(str(self))


class Shown(Told):
    """A result whose `__str__` says it in a few lines and whose `to_frame` is the table to see first.

    Indented lines of `__str__` repeat what is in the table, so a notebook shows the others and the table. Of long tables the first and
    last rows are shown; of numbers three decimals. Text is escaped: council names and formulas are no markup.
    """

    def to_frame(self) -> pd.DataFrame:
        """Return the table to see first."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        lines = [line for line in str(self).splitlines() if not line.startswith(" ")]
        frame = self.to_frame()
        # Row numbers say nothing; names of terms or options do.
        is_named = not isinstance(frame.index, pd.RangeIndex)
        table = frame.round(_DECIMALS).to_html(index=is_named, escape=True, max_rows=_ROWS, border=0)
        return f"<p>{'<br>'.join(escape(line) for line in lines)}</p>{table}"
