"""What the explorer shows of every council: six views, in the order of the page."""

from collections.abc import Callable

from fundgap.story.explorer_gap import gap, shares
from fundgap.story.explorer_judgements import partners, ratings
from fundgap.story.explorer_spend import change, spend
from fundgap.story.explorer_view import View
from fundgap.story.findings import Findings

VIEWS: tuple[Callable[[Findings], View], ...] = (ratings, spend, change, gap, shares, partners)


def views(findings: Findings) -> list[View]:
    """Return the views in the order of the page."""
    return [view(findings) for view in VIEWS]
