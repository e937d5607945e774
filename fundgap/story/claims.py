"""The claims ledger: every claim computed, dated, with its uncertainty, a verdict by rule, and the rows of the releases behind it."""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from fundgap.data.claims_register import Saying, sayings
from fundgap.data.sources import sources
from fundgap.data.store import Store
from fundgap.errors import BadFigures, Fault, NoData
from fundgap.story import claims_counts, claims_gap, claims_help, claims_journeys, claims_ratings, claims_spend
from fundgap.story.claims_inputs import Computed, Entry, Inputs
from fundgap.story.claims_rows import rows_behind, sources_behind
from fundgap.story.claims_rule import Rule, Verdict

NOTEBOOK = "07_claims"
COLUMNS = ("id", "claim", "said_by", "said_on", "computed", "interval", "verdict", "rule", "source", "as_at", "notebook")
ENTRIES: dict[str, Entry] = {
    name: entry
    for module in (claims_ratings, claims_counts, claims_journeys, claims_help, claims_spend, claims_gap)
    for name, entry in module.ENTRIES.items()
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
                f"Uncertainty: {self.computed.interval}. As at {self.computed.as_at}.",
                f"Rule: {self.rule}",
                f"Figures of the rule: {figures}",
                f"Shown in {self.notebook}",
            ]
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the claim as a quotation with its verdict, what was computed, and the rule."""
        text = {
            "Verdict": f"<strong>{html.escape(self.verdict)}</strong>",
            "Computed": html.escape(self.computed.words),
            "Uncertainty": html.escape(f"{self.computed.interval}. As at {self.computed.as_at}."),
            "Rule": html.escape(str(self.rule)),
        }
        said = html.escape(f"{self.saying.said_by}, {self.saying.said_on}")
        lines = "".join(f"<p><em>{name}.</em> {line}</p>" for name, line in text.items())
        return f"<blockquote><p>{html.escape(self.saying.claim)}</p><p>{said}</p></blockquote>{lines}"


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
    entry = ENTRIES[name]
    if name not in inputs.computed:
        inputs.computed[name] = entry.compute(inputs, register[name])
    computed = inputs.computed[name]
    return Claim(register[name], computed, entry.rule, entry.rule.verdict(computed.figures), inputs)


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
    """Return the register, once it and the computations are of the same claims."""
    register = sayings(store)
    faults = [
        Fault("claims.toml", f"[{name}]", "a computation of it in fundgap.story.claims_*") for name in register if name not in ENTRIES
    ]
    faults += [Fault("fundgap.story.claims_*", name, "an entry of claims.toml") for name in ENTRIES if name not in register]
    if faults:
        raise BadFigures("the claims ledger does not hang together", faults)
    return register
