"""The claims ledger: every claim computed, dated, with its uncertainty, a verdict by rule, and the rows of the releases behind it."""

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd

from fundgap.data.claims_register import Saying, sayings
from fundgap.data.sources import sources
from fundgap.data.store import Store
from fundgap.errors import BadFigures, Fault, NoData
from fundgap.story import claims_counts, claims_gap, claims_help, claims_journeys, claims_ratings, claims_spend
from fundgap.story.claims_inputs import Computed, Inputs
from fundgap.story.claims_rows import rows_behind, sources_behind
from fundgap.story.claims_rule import Rule, Verdict
from fundgap.story.claims_rules import FILE as RULES
from fundgap.story.claims_rules import rules

NOTEBOOK = "07_claims"
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
COLUMNS = ("id", "claim", "said_by", "said_on", "computed", "interval", "verdict", "rule", "source", "as_at", "notebook")
# What computes each claim; the rule of its verdict stands in claims_rules.toml, its words in data/raw/claims.toml.
COMPUTED_BY: dict[str, Callable[[Inputs, Saying], Computed]] = {
    "rating-deprivation": claims_ratings.rating_deprivation,
    "rating-spend": claims_ratings.rating_spend,
    "rating-spend-denied": claims_ratings.rating_spend_denied,
    "money-not-management": claims_ratings.money_not_management,
    "three-quarters": claims_counts.three_quarters,
    "one-in-five": claims_counts.one_in_five,
    "nineteen": claims_counts.nineteen,
    "may-2015-three": claims_counts.may_2015_three,
    "146-boards": claims_counts.boards,
    "six-months": claims_journeys.six_months,
    "six-months-denied": claims_journeys.six_months,
    "escape-hard": claims_journeys.escape_hard,
    "outstanding-fades": claims_journeys.outstanding_fades,
    "inspection-drives": claims_journeys.inspection_drives,
    "partners-in-practice": claims_help.partners_in_practice,
    "rotherham": claims_help.rotherham,
    "kirklees-leeds": claims_help.kirklees_leeds,
    "trust-route": claims_help.trust_route,
    "trust-vat": claims_help.trust_vat,
    "thirty-percent": claims_spend.thirty_percent,
    "early-cut": claims_spend.early_cut,
    "deprived-cut-more": claims_spend.deprived_cut_more,
    "gap-2bn": claims_gap.gap_2bn,
    "pledge-20m": claims_gap.pledge_20m,
    "whatworks-20m": claims_gap.whatworks_20m,
    "training-100m": claims_gap.training_100m,
    "cuts-13bn": claims_gap.cuts_13bn,
}


@dataclass(frozen=True, repr=False)
class Claim:
    """One claim of the ledger, with all that stands behind its verdict.

    Parameters
    ----------
    saying
        Who said what and when, and where it was read.
    computed
        What the figures say: words, figures by name, interval, as_at.
    rule, verdict
        The rule, and what follows from it.
    inputs
        What it was computed from.
    """

    saying: Saying
    computed: Computed
    rule: Rule
    verdict: Verdict
    inputs: Inputs

    @property
    def notebook(self) -> str:
        """Where the cell that shows it stands."""
        return f"{NOTEBOOK}.ipynb#{self.saying.id}"

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows of the official releases behind the figures: table, source (release id), council, council_name, of, figure, value."""
        return rows_behind(self.computed.evidence, self.inputs)

    @cached_property
    def releases(self) -> pd.DataFrame:
        """The releases that those rows are from: id, title, publisher, published, file, url, sha256."""
        register = sources(self.inputs.store)
        chosen = register[register["id"].isin(self.rows["source"])]
        return chosen[["id", "title", "publisher", "published", "file", "url", "sha256"]].reset_index(drop=True)

    def to_frame(self) -> pd.DataFrame:
        """Return the claim's row of the ledger; columns as `claims` says."""
        releases = "; ".join(sources_behind(self.computed.evidence, self.inputs))
        values = (
            self.saying.id, self.saying.claim, self.saying.said_by, self.saying.said_on, self.computed.words, self.computed.interval,
            self.verdict, str(self.rule), releases, self.computed.as_at, self.notebook,
        )  # fmt: skip
        return pd.DataFrame([values], columns=list(COLUMNS))

    def __str__(self) -> str:
        against = [f"Said otherwise: {self.saying.against}"] if self.saying.against else []
        figures = ", ".join(f"{name} {value:.6g}" for name, value in self.computed.figures.items())
        return "\n".join(
            [
                f"{self.saying.id}: {self.saying.claim}",
                f"Said by {self.saying.said_by}, {self.saying.said_on}. Read in: {'; '.join(self.saying.sources)}.",
                *against,
                f"Verdict: {self.verdict}",
                f"Computed: {self.computed.words}",
                f"Uncertainty: {self._uncertainty}",
                f"Rule: {self.rule}",
                f"Figures of the rule: {figures}",
                f"Shown in {self.notebook}",
            ]
        )

    @property
    def _uncertainty(self) -> str:
        """The interval and the day or years as sentences; days as people write them."""
        interval = self.computed.interval
        return f"{interval[:1].upper()}{interval[1:]}. As at {_DAY.sub(_written_day, self.computed.as_at)}."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the claim as a quotation with its verdict, what was computed, and the rule."""
        text = {
            "Verdict": f"<strong>{html.escape(self.verdict)}</strong>",
            "Computed": html.escape(self.computed.words),
            "Uncertainty": html.escape(self._uncertainty),
            "Rule": html.escape(str(self.rule)),
        }
        said = html.escape(f"{self.saying.said_by}, {self.saying.said_on}")
        lines = "".join(f"<p><em>{name}.</em> {line}</p>" for name, line in text.items())
        return f"<blockquote><p>{html.escape(self.saying.claim)}</p><p>{said}</p></blockquote>{lines}"


def _written_day(found: re.Match[str]) -> str:
    """Return "4 January 2016" for "2016-01-04"."""
    return f"{date.fromisoformat(found[0]):%-d %B %Y}"


def claim(name: str, store: Store | None = None, *, inputs: Inputs | None = None) -> Claim:
    """Return one claim of the ledger, computed.

    Parameters
    ----------
    name
        Its id, such as "nineteen"; `fundgap claims` lists them.
    inputs
        What to compute from, shared between claims or changed; made of the figures in use where left out.

    Raises
    ------
    NoData
        When there is no such claim.

    Examples
    --------
    >>> import fundgap as fg
    >>> nineteen = fg.claim("nineteen")
    >>> nineteen.verdict
    'supported'
    >>> len(nineteen.rows.query("figure == 'overall' and value == 'Inadequate'"))
    20
    """
    inputs = inputs or Inputs(store)
    register = _register(inputs.store)
    if name not in register:
        raise NoData(f"No claim '{name}'; the ledger holds {', '.join(register)}.")
    if name not in inputs.computed:
        inputs.computed[name] = COMPUTED_BY[name](inputs, register[name])
    computed, rule = inputs.computed[name], rules()[name]
    return Claim(register[name], computed, rule, rule.verdict(computed.figures), inputs)


def claims(store: Store | None = None, *, ids: Iterable[str] | None = None, inputs: Inputs | None = None) -> pd.DataFrame:
    """Return the claims ledger, every claim computed anew; takes some seconds.

    Parameters
    ----------
    ids
        Only these; all where left out.
    inputs
        As in `claim`.

    Returns
    -------
    pandas.DataFrame
        One row a claim: id; claim, in our words; said_by, said_on; computed (what the figures say, with years and price basis); interval
        (its uncertainty); verdict ("supported", "not supported", "depends on the specification", "not testable with these figures"); rule
        (the sentence of the rule that gave it); source (ids of the releases behind the figures, see `fundgap.sources()`); as_at;
        notebook (the cell that shows it). `claim(id).rows` leads from a figure to the releases' rows.

    Examples
    --------
    >>> import fundgap as fg
    >>> for row in fg.claims(ids=["nineteen", "may-2015-three", "146-boards"]).itertuples():
    ...     print(f"{row.id}: {row.verdict}")
    nineteen: supported
    may-2015-three: supported
    146-boards: not testable with these figures
    """
    inputs = inputs or Inputs(store)
    chosen = list(ids) if ids is not None else list(_register(inputs.store))
    return pd.concat([claim(name, inputs=inputs).to_frame() for name in chosen], ignore_index=True)


def _register(store: Store | None) -> dict[str, Saying]:
    """Return the register, once words, rules and computations are of the same claims."""
    register = sayings(store)
    places = {"data/raw/claims.toml": register, RULES: rules(), "COMPUTED_BY in fundgap/story/claims.py": COMPUTED_BY}
    everywhere = [name for names in places.values() for name in names]
    faults = [
        Fault(place, f"no [{name}]", f"every claim, in each of {', '.join(places)}")
        for place, names in places.items()
        for name in dict.fromkeys(everywhere)
        if name not in names
    ]
    if faults:
        raise BadFigures("the claims ledger does not hang together", faults)
    return register
