"""Brant's test of whether a column goes with every cut between grades alike, as one slope for all of them says.

Brant (1990), "Assessing proportionality in the proportional odds model for ordinal logistic regression", Biometrics 46:
a binary logit at every cut, the full joint covariance of their slopes, and a Wald test that the slopes are the same.

Shapes: n rows, p columns of x, J grades, J - 1 cuts.
"""

from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import chi2

from fundgap.errors import CannotFit
from fundgap.models import ordinal
from fundgap.models.ordinal import Ints
from fundgap.models.separation import separation_words
from fundgap.models.standardise import Floats, Scale
from fundgap.shown import Shown


@dataclass(frozen=True)
class BrantTest(Shown):
    """Brant's test of an ordered logit.

    Parameters
    ----------
    chi2, df, p_value
        Of all terms together: (J - 2) p degrees of freedom.
    by_term
        One row a term: chi2, df (J - 2), p_value.
    slopes : (J - 1 columns)
        One row a term, one column a cut: the slope of the binary logit of being above it.
    covariance
        "model": Brant's own, judgements independent. "clustered by … (CR1)": from the summed scores of clusters, for
        judgements that repeat.
    """

    chi2: float
    df: int
    p_value: float
    by_term: pd.DataFrame
    slopes: pd.DataFrame
    covariance: str

    def __str__(self) -> str:
        lines = [
            f"Brant test of proportional odds, covariance: {self.covariance}",
            f"  all terms: chi2 {self.chi2:.2f} on {self.df} df, p = {self.p_value:.3f}",
        ]
        lines += [f"  {row.Index}: chi2 {row.chi2:.2f} on {row.df} df, p = {row.p_value:.3f}" for row in self.by_term.itertuples()]
        worst = (
            "is not the same at every cut"
            if self.p_value < 0.05
            else "is not shown to differ between cuts (which is no proof that it does not)"
        )
        return "\n".join([*lines, f"What goes with a better grade {worst}."])

    def to_frame(self) -> pd.DataFrame:
        """Return one row a term: its test, then its slope at each cut."""
        return self.by_term.join(self.slopes)

    def _repr_html_(self) -> str:
        caption = f"<p>All terms: chi2 {self.chi2:.2f} on {self.df} df, p = {self.p_value:.3f}; covariance: {escape(self.covariance)}.</p>"
        return str(self.to_frame().round(3).to_html()) + caption


def brant_test(
    y: Ints, x: Floats, grades: tuple[str, ...], terms: tuple[str, ...], clusters: Ints | None = None, cluster: str | None = None
) -> BrantTest:
    """Test proportional odds.

    Parameters
    ----------
    y : (n,)
        Grades 0 … J - 1, J at least 3.
    x : (n, p)
    clusters : (n,), optional
        Number of each row's cluster, called `cluster`; then the covariance is the CR1 sandwich of the stacked logits.

    Raises
    ------
    CannotFit
        With fewer than three grades, or where a cut's binary logit has no estimate; the cut is named.
    """
    if len(grades) < 3:
        raise CannotFit(f"Brant's test compares the cuts between grades, and {' and '.join(grades)} have one cut only.")
    scale = Scale.of(x, 1)
    z = scale.standardised(x)
    cuts = [f"{grade} or better" for grade in grades[1:-1]] + [grades[-1]]
    constants, slopes = _binary_logits(y, x, scale, cuts, terms)
    covariance = joint_covariance(z, constants, slopes) if clusters is None else joint_sandwich(y, z, constants, slopes, clusters)
    p = x.shape[1]
    overall = equal_slopes(slopes, covariance, range(p))
    table = pd.DataFrame(
        [equal_slopes(slopes, covariance, [i]) for i in range(p)], columns=["chi2", "df", "p_value"], index=pd.Index(terms, name="term")
    )
    by_cut = pd.DataFrame((slopes / scale.spread).T, index=table.index, columns=pd.Index(cuts, name="cut"))
    return BrantTest(*overall, table, by_cut, "model" if clusters is None else f"clustered by {cluster} (CR1)")


def joint_covariance(x: Floats, constants: Floats, slopes: Floats) -> Floats:
    """Return Brant's covariance of all binary logits' slopes, ((J - 1) p, (J - 1) p), cut by cut.

    Between cuts l < m it is (X'W_ll X)^-1 X'W_lm X (X'W_mm X)^-1 with W_lm = diag(pi_m - pi_l pi_m), pi_l being P(y above cut l)
    by that cut's own binary logit.

    Parameters
    ----------
    x : (n, p)
    constants : (J - 1,)
    slopes : (J - 1, p)
    """
    count, p = slopes.shape
    full = np.column_stack([np.ones(len(x)), x])
    above = expit(constants[:, None] + slopes @ x.T)
    breads = [_bread(full, chance) for chance in above]
    result = np.zeros((count * p, count * p))
    for low in range(count):
        for high in range(low, count):
            # Being above the higher cut implies being above the lower one: their covariance is pi_high (1 - pi_low).
            meat = (full * (above[high] * (1 - above[low]))[:, None]).T @ full
            block = (breads[low] @ meat @ breads[high])[1:, 1:]
            result[low * p : (low + 1) * p, high * p : (high + 1) * p] = block
            result[high * p : (high + 1) * p, low * p : (low + 1) * p] = block.T
    return result


def joint_sandwich(y: Ints, x: Floats, constants: Floats, slopes: Floats, clusters: Ints) -> Floats:
    """Return the CR1 sandwich, ((J - 1) p, (J - 1) p), of the stacked binary logits: summed scores of clusters, times G / (G - 1)."""
    count, p = slopes.shape
    full = np.column_stack([np.ones(len(x)), x])
    above = expit(constants[:, None] + slopes @ x.T)
    # Each row's move of each cut's estimates (its influence), constants dropped.
    moves = [((((y > cut) - above[cut])[:, None] * full) @ _bread(full, above[cut]))[:, 1:] for cut in range(count)]
    groups = int(clusters.max()) + 1
    sums = np.zeros((groups, count * p))
    np.add.at(sums, clusters, np.hstack(moves))
    result: Floats = sums.T @ sums * groups / (groups - 1)
    return result


def equal_slopes(slopes: Floats, covariance: Floats, chosen: "range | list[int]") -> tuple[float, int, float]:
    """Return chi2, df and p of the Wald test that the chosen columns have the same slope at every cut."""
    count, p = slopes.shape
    contrast = np.zeros(((count - 1) * len(chosen), count * p))
    for row, (cut, column) in enumerate((cut, column) for cut in range(1, count) for column in chosen):
        contrast[row, column], contrast[row, cut * p + column] = 1, -1
    difference = contrast @ slopes.ravel()
    spread = contrast @ covariance @ contrast.T
    rank = int(np.linalg.matrix_rank(spread, hermitian=True))
    if rank < len(contrast):
        raise CannotFit(
            f"The slopes at the cuts differ in {len(contrast)} ways, and the data tell {rank} of them apart. "
            "Use fewer terms, or without cluster= if there are few clusters."
        )
    statistic = float(difference @ np.linalg.solve(spread, difference))
    return statistic, len(contrast), float(chi2.sf(statistic, len(contrast)))


def _bread(full: Floats, chance: Floats) -> Floats:
    information = (full * (chance * (1 - chance))[:, None]).T @ full
    return np.asarray(np.linalg.inv(information), dtype=np.float64)


def _binary_logits(y: Ints, x: Floats, scale: Scale, cuts: list[str], terms: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Return constants (J - 1,) and slopes (J - 1, p), on standardised x, of the binary logits of being above every cut."""
    z = scale.standardised(x)
    constants: Floats = np.zeros(len(cuts))
    slopes: Floats = np.zeros((len(cuts), x.shape[1]))
    for cut, name in enumerate(cuts):
        above = (y > cut).astype(np.int64)
        fitted = ordinal.fit(above, z, grades=2)
        if not fitted.is_converged[0]:
            why = separation_words(above, x, terms, ("worse", name.lower())) or "its fit did not converge"
            raise CannotFit(
                f"Brant's test needs a binary logit at every cut, and '{name}' ({above.sum()} of {len(y)} judgements) has none: {why}. "
                "Leave out the term, or test a model without the rare grade."
            )
        constants[cut] = -fitted.thresholds[0, 0]
        slopes[cut] = fitted.slopes[0]
    return constants, slopes
