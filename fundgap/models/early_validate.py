"""How well the next grade was told: judgements predicted by models that had not seen them, scored beside the two baselines.

Shapes: n judgements, M models, J = 4 grades, K repeats of dealing into folds (one forward in time), R bootstrap replicates.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundgap.errors import CannotFit
from fundgap.models import ordinal, resampling
from fundgap.models.early_models import BASE_RATE, GRADES, MODELS, SAME_AGAIN, EarlyModel, predict
from fundgap.models.newton import Flags
from fundgap.models.ordinal import Ints
from fundgap.models.prediction import probabilities
from fundgap.models.proportions import exact_interval
from fundgap.models.scoring import row_scores
from fundgap.models.standardise import Floats

FOLDS, REPEATS = 5, 5
REPLICATES = 1000
# Judgements that must have been published before the first is predicted forward in time.
FEWEST_BEFORE = 80
GOOD = 2
_BINS = 5
_LEVEL = 0.95


@dataclass(frozen=True)
class Predictions:
    """Probabilities told by one way of validating.

    Parameters
    ----------
    how
        In words.
    told : (K, M, n, J)
        K repeats; nan where not predicted.
    fit_of : (K, n)
        Number of the fit that predicted each judgement. Only judgements of one number are ranked against each other: between folds the
        chances of all differ by what each fold left out, which has nothing to do with the judgements.
    failed
        model, when, reason: fits that could not be made.
    """

    how: str
    told: Floats
    fit_of: Ints
    failed: pd.DataFrame

    @property
    def is_told(self) -> Flags:
        """Which judgements every model predicted in every repeat, (n,): all models are scored on the same ones."""
        result: Flags = np.all(np.isfinite(self.told), axis=(0, 1, 3))
        return result


def forward(rows: pd.DataFrame, models: tuple[EarlyModel, ...] = MODELS) -> Predictions:
    """Predict each quarter's inspections from the judgements published before the quarter began, once there are enough of them.

    Every fit is given its own past and nothing else, so that what comes later cannot change a digit of it.
    """
    quarter = rows["day"].dt.to_period("Q").dt.start_time
    y, last = rows["grade"].to_numpy(np.int64), rows["last_grade"].to_numpy(np.int64)
    told, failed = np.full((1, len(models), len(rows), GRADES), np.nan), []
    for start in sorted(quarter.unique()):
        seen, wanted = (rows["publication_date"] < start).to_numpy(), (quarter == start).to_numpy()
        if seen.sum() < FEWEST_BEFORE:
            continue
        for place, model in enumerate(models):
            x = rows[list(model.columns)].to_numpy(float)
            try:
                told[0, place, wanted] = predict(model, y[seen], x[seen], last[seen], x[wanted], last[wanted])
            except CannotFit as error:
                failed.append((model.name, f"{start:%Y-%m-%d}", str(error)))
    return Predictions("forward in time", told, np.zeros((1, len(rows)), dtype=np.int64), _failures(failed))


def by_council(rows: pd.DataFrame, models: tuple[EarlyModel, ...] = MODELS, repeats: int = REPEATS, seed: int = 1) -> Predictions:
    """Predict councils left out of the fit, every council's judgements in one fold, dealt anew in each repeat."""
    masks = resampling.folds(rows["council"].to_numpy(), FOLDS, seed, repeats=repeats)
    y, last = rows["grade"].to_numpy(np.int64), rows["last_grade"].to_numpy(np.int64)
    told, failed = np.full((repeats, len(models), len(rows), GRADES), np.nan), []
    for place, model in enumerate(models):
        x = rows[list(model.columns)].to_numpy(float)
        fitted = ordinal.fit(y, x, masks.reshape(-1, len(rows)), grades=GRADES) if model.kind == "logit" else None
        for number, (repeat, fold) in enumerate(np.ndindex(repeats, FOLDS)):
            seen = masks[repeat, fold] > 0
            if fitted is None:
                told[repeat, place, ~seen] = predict(model, y[seen], x[seen], last[seen], x[~seen], last[~seen])
            elif fitted.is_converged[number]:
                told[repeat, place, ~seen] = probabilities(x[~seen], fitted.thresholds[[number]], fitted.slopes[[number]])[0]
            else:
                failed.append((model.name, f"repeat {repeat + 1}, fold {fold + 1}", "the training judgements cannot carry it"))
    return Predictions("councils left out", told, np.argmin(masks, axis=1).astype(np.int64), _failures(failed))


def _failures(failed: list[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(failed, columns=["model", "when", "reason"])


def score_table(
    rows: pd.DataFrame, predictions: Predictions, models: tuple[EarlyModel, ...] = MODELS, replicates: int = REPLICATES, seed: int = 1
) -> pd.DataFrame:
    """Score every model beside the two baselines.

    Returns
    -------
    pandas.DataFrame
        validation, model, judgements, councils; rps (ranked probability score, 0 best) and auc (good or better; 0.5 says nothing); for
        each baseline ("base_rate", "same_again") and score the difference, positive = the model is better, as rps_over_…, auc_over_…
        with … _lower and … _upper (95%, percentile bootstrap of whole councils, predictions held); verdict: whether the interval of the
        ranked probability score leaves out nought, against both.
    """
    there = predictions.is_told
    if not there.any():
        raise CannotFit(f"No judgement could be predicted {predictions.how} by every model: {FEWEST_BEFORE} earlier ones are needed.")
    told, part = predictions.told[:, :, there], rows[there]
    y = part["grade"].to_numpy(np.int64)
    weights = resampling.cluster_bootstrap(part["council"].to_numpy(), replicates, seed)
    weights = np.vstack([np.ones(len(y)), weights])
    alike = predictions.fit_of[:, there]
    rps = np.stack([weighted_means(np.mean([row_scores(one, y) for one in told[:, m]], axis=0), weights) for m in range(len(models))])
    areas = np.stack([weighted_auc(told[:, m, :, GOOD:].sum(axis=2), y >= GOOD, alike, weights) for m in range(len(models))])
    baselines = {"base_rate": models.index(BASE_RATE), "same_again": models.index(SAME_AGAIN)}
    table = []
    for place, model in enumerate(models):
        row: dict[str, object] = {"validation": predictions.how, "model": model.name, "judgements": len(y)}
        row |= {"councils": part["council"].nunique(), "rps": rps[place, 0], "auc": areas[place, 0]}
        for name, base in baselines.items():
            for score, gain in (("rps", rps[base] - rps[place]), ("auc", areas[place] - areas[base])):
                lower, upper = np.nanquantile(gain[1:], [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
                row |= {f"{score}_over_{name}": gain[0], f"{score}_over_{name}_lower": lower, f"{score}_over_{name}_upper": upper}
        table.append(row | {"verdict": _verdict(row, model)})
    return pd.DataFrame(table)


def _verdict(row: dict[str, object], model: EarlyModel) -> str:
    if model in (BASE_RATE, SAME_AGAIN):
        return "baseline"
    words = []
    for name, label in (("base_rate", "base rate"), ("same_again", "same as last time")):
        lower, upper = float(str(row[f"rps_over_{name}_lower"])), float(str(row[f"rps_over_{name}_upper"]))
        words.append(f"{'beats' if lower > 0 else 'worse than' if upper < 0 else 'no clear difference from'} {label}")
    return "; ".join(words)


def weighted_means(values: Floats, weights: Floats) -> Floats:
    """Return the mean under each row of weights, (R,)."""
    result: Floats = weights @ values / weights.sum(axis=1)
    return result


def weighted_auc(chance: Floats, happened: Flags, fit_of: Ints, weights: Floats) -> Floats:
    """Return the area under the ROC curve when rows count as the weights say, (R,), over pairs predicted by one fit.

    Parameters
    ----------
    chance, fit_of : (K, n)
        Of each repeat; with one fit and weights of one this is `scoring.auc`.
    """
    won, pairs = np.zeros((2, int(happened.sum()), int((~happened).sum())))
    for told, group in zip(chance, fit_of, strict=True):
        together = group[happened][:, None] == group[~happened][None, :]
        high, low = told[happened][:, None], told[~happened][None, :]
        won += together * ((high > low) + 0.5 * (high == low))
        pairs += together
    positive, negative = weights[:, happened], weights[:, ~happened]
    above, below = ((positive @ matrix * negative).sum(axis=1) for matrix in (won, pairs))
    result: Floats = np.divide(above, below, out=np.full(len(weights), np.nan), where=below > 0)
    return result


def calibration_table(
    rows: pd.DataFrame, predictions: Predictions, model: EarlyModel, models: tuple[EarlyModel, ...] = MODELS
) -> pd.DataFrame:
    """Return chances told beside what happened, in fifths of the chance told.

    Returns
    -------
    pandas.DataFrame
        validation, event ("Good or better", "Inadequate"), fifth (1 = lowest chance), judgements, told (mean chance), happened (share),
        lower, upper (95%, exact binomial), inside (whether the mean chance told lies in that interval).
    """
    there = predictions.is_told
    told, y = predictions.told[:, models.index(model), there].mean(axis=0), rows["grade"].to_numpy(np.int64)[there]
    table = []
    for event, chance, happened in (
        ("Good or better", told[:, GOOD:].sum(axis=1), y >= GOOD),
        ("Inadequate", told[:, 0], y == 0),
    ):
        order = np.argsort(chance, kind="stable")
        for fifth, part in enumerate(np.array_split(order, _BINS), start=1):
            hits, mean = int(happened[part].sum()), float(chance[part].mean())
            low, high = exact_interval(hits, len(part), _LEVEL)
            row = {"validation": predictions.how, "event": event, "fifth": fifth, "judgements": len(part), "told": mean}
            table.append(row | {"happened": hits / len(part), "lower": low, "upper": high, "inside": bool(low <= mean <= high)})
    return pd.DataFrame(table)
