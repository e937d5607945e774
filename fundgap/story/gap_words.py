"""The verdict on £2bn in words: every figure in them is computed, and the words turn with the figures."""

import html
from dataclasses import dataclass

from fundgap.gap.verdict import BASE, LAST, Verdict
from fundgap.story.figures import BILLION

_NEED, _FUNDING = "need forecast, LGA 2017", "funding forecast, LGA 2017"
_GROSS, _NET = "spent, gross (Section 251)", "spent, net (Revenue Outturn)"


@dataclass(frozen=True, repr=False)
class Paragraph:
    """A paragraph to be read: as text, and in a notebook as one."""

    text: str

    def __str__(self) -> str:
        """Return the text."""
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.text)}</p>"


def verdict_words(found: Verdict) -> Paragraph:
    """Return the verdict as a paragraph."""
    need, cut, gross, net = (found.rise(figure) / BILLION for figure in (_NEED, _FUNDING, _GROSS, _NET))
    need_real, gross_real = (found.rise(figure, "rise_gbp_real") / BILLION for figure in (_NEED, _GROSS))
    left_out = int(found.table.loc[found.table["figure"] == _NET, "areas_left_out"].max())
    sentences = [
        f"The £{found.gap_gbp / BILLION:.1f}bn was a forecast for {LAST}: £{need:.1f}bn more need than in {BASE} and £{-cut:.1f}bn less "
        "funding, in cash.",
        f"Over those years councils' gross spend rose by £{gross:.2f}bn (Section 251), and their net spend on children's social care by "
        f"£{net:.2f}bn (Revenue Outturn; {left_out} council without a return in every year left out): {_compared(gross, net, need)} the "
        "rise in need that was forecast, and on fewer services, since the forecast counts education services too.",
        f"In {LAST} prices need was forecast to rise by £{need_real:.1f}bn; gross spend rose by £{gross_real:.1f}bn.",
        "These figures do not say where the money came from: grants, council tax, reserves or other services.",
        _overspent(found),
        "A gap against the cost of standing still and a budget overspent are two different things, and neither proves the other wrong.",
    ]
    return Paragraph(" ".join(sentences))


def _overspent(found: Verdict) -> str:
    table = found.overspends
    told = table[~table["is_doubtful"] & ~table["is_at_least"] & table["financial_year"].between(BASE, LAST)]
    return (
        f"Nearest to a gap of the same year are overspends of budgets: £{told['overspend_gbp'].min() / 1e6:.0f}m to "
        f"£{told['overspend_gbp'].max() / 1e6:.0f}m in {' and '.join(sorted(set(told['financial_year'])))} as published, "
        f"{told['share_of_gap'].min():.0%} to {told['share_of_gap'].max():.0%} of the £{found.gap_gbp / BILLION:.1f}bn in {LAST} prices."
    )


def _compared(gross: float, net: float, need: float) -> str:
    if min(gross, net) > need:
        return "more than"
    return "less than" if max(gross, net) < need else "about as much as"
