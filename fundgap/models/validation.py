"""Out of sample: fit on some councils, predict the grades of the others, and compare with knowing no more than the grade shares."""

from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from fundgap.errors import CannotFit
from fundgap.models import ordinal, resampling
from fundgap.models.bootstrap import Failures
from fundgap.models.links import Link
from fundgap.models.ordinal import Ints
from fundgap.models.prediction import probabilities
from fundgap.models.scoring import auc, brier, brier_grades, ranked_probability_score
from fundgap.models.standardise import Floats
from fundgap.shown import Shown

SCORES = {
    "auc": "AUC, good or better",
    "brier": "Brier score, good or better",
    "brier_grades": "Brier score, all grades",
    "rps": "Ranked probability score",
}


@dataclass(frozen=True)
class CrossValidation(Shown):
    """Scores on judgements of councils that the fit had not seen.

    Parameters
    ----------
    by_fold
        One row a repeat and fold: repeat, fold, judgements (held out), failed (the reason, or ""), and for each score its
        value and, as `…_without`, that of the grade shares of the fold's training councils. nan where the fit failed, and
        for scores of good or better where the held-out judgements are all on one side (AUC) or have no such grade.
    folds, repeats, seed
        How the councils were dealt out.
    failures
        Fits that failed, by reason.
    unit
        What was kept together in one fold.
    """

    by_fold: pd.DataFrame
    folds: int
    repeats: int
    seed: int
    failures: Failures
    unit: str

    def summary(self) -> pd.DataFrame:
        """Return one row a score: its mean over folds, the same without columns, and how the folds spread.

        Returns
        -------
        pandas.DataFrame
            Index score; mean, without, better_by (positive = the model predicts better), fold_sd (of the model's score over
            folds; folds share training councils, so it is no standard error), folds_better (share of folds in which the model
            beats the shares), folds (those with the score; each enters both means or neither).
        """
        rows = {}
        for score, name in SCORES.items():
            both = self.by_fold[[score, f"{score}_without"]].dropna().to_numpy(dtype=float)
            if not len(both):
                continue
            gain = (both[:, 0] - both[:, 1]) * (1 if score == "auc" else -1)
            spread = both[:, 0].std(ddof=1) if len(both) > 1 else np.nan
            rows[name] = [*both.mean(axis=0), gain.mean(), spread, np.mean(gain > 0), len(both)]
        columns = ["mean", "without", "better_by", "fold_sd", "folds_better", "folds"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("score").astype({"folds": int})

    def to_frame(self) -> pd.DataFrame:
        """Return the summary, one row a score."""
        return self.summary()

    def __str__(self) -> str:
        lines = [
            f"{self.folds} folds, each {self.unit} whole in one, dealt {self.repeats} times (seed {self.seed}); "
            f"fits that failed: {self.failures}",
        ]
        lines += [
            f"  {row.Index}: {row.mean:.3f}, against {row.without:.3f} from grade shares alone "
            f"(better in {row.folds_better:.0%} of {row.folds} folds; folds spread by {row.fold_sd:.3f})"
            for row in self.summary().itertuples()
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        dealt = f"{self.folds} folds, each {escape(self.unit)} whole in one, dealt {self.repeats} times"
        caption = f"<p>{dealt}; fits that failed: {self.failures}.</p>"
        return str(self.summary().round(3).to_html()) + caption


def cross_validate(
    y: Ints, x: Floats, groups: Ints, *, grades: int, good: int | None, folds: int, repeats: int, seed: int, link: Link, unit: str
) -> CrossValidation:
    """Score a model on held-out groups.

    Parameters
    ----------
    y, x
        As for `ordinal.fit`, with `grades` grades.
    groups : (n,)
        Number of each row's council, 0 … G - 1; a council's judgements are held out together.
    good
        The lowest grade that is good or better; None where there is none, and then no score of it.

    Raises
    ------
    CannotFit
        With fewer groups than folds, or when every fold's fit fails.
    """
    count = int(groups.max()) + 1
    if not 2 <= folds <= count:
        raise CannotFit(f"{count} values of {unit} cannot be dealt into {folds} folds; ask for 2 to {count}.")
    masks = np.concatenate(list(resampling.folds(groups, folds, seed, repeats=repeats)))
    fitted = ordinal.fit(y, x, masks, grades=grades, link=link)
    rows = []
    for place, out in enumerate(masks == 0):
        row = {"repeat": place // folds, "fold": place % folds, "judgements": int(out.sum()), "failed": _reason(fitted, place)}
        if not row["failed"]:
            told = probabilities(x[out], fitted.thresholds[[place]], fitted.slopes[[place]], link)[0]
            shares = np.bincount(y[~out], minlength=grades) / (~out).sum()
            row |= scores(told, y[out], good)
            row |= {f"{name}_without": value for name, value in scores(np.tile(shares, (out.sum(), 1)), y[out], good).items()}
        rows.append(row)
    failures = Failures.of(fitted)
    if failures.total == len(rows):
        raise CannotFit(f"No fold could be fitted ({failures}); use fewer folds, a simpler formula, or kind='binary'.")
    columns = ["repeat", "fold", "judgements", "failed", *(f"{name}{end}" for name in SCORES for end in ("", "_without"))]
    return CrossValidation(pd.DataFrame(rows, columns=columns), folds, repeats, seed, failures, unit)


def scores(told: Floats, y: Ints, good: int | None) -> dict[str, float]:
    """Return every score of predicted probabilities, (m, J), of grades (m,)."""
    result = {"brier_grades": brier_grades(told, y), "rps": ranked_probability_score(told, y)}
    if good is not None:
        chance, happened = told[:, good:].sum(axis=1), (y >= good).astype(np.float64)
        result |= {"auc": auc(chance, happened), "brier": brier(chance, happened)}
    return result


def _reason(fitted: ordinal.OrdinalFit, place: int) -> str:
    if fitted.has_empty_grade[place]:
        return "no council left in a grade"
    if fitted.is_collinear[place]:
        return "a column constant or made up of others"
    if fitted.is_separated[place]:
        return "separated"
    return "" if fitted.is_converged[place] else "not converged"
