"""Do 95% intervals cover what they promise? Grades drawn from fitted models of the real judgements, and fitted again.

    python benchmarks/coverage.py [data sets a scenario] [how many of them are bootstrapped] [refits]

Each scenario takes real councils with their real columns, and the model fitted to them as the truth. Grades are drawn anew, by
councils independently or alike within a council, and every interval is asked whether it holds the true value. Where judgements of
a council are alike their latent errors are tied by a normal copula, so that each by itself still follows the logit exactly.
A data set that has no estimates (a grade not drawn, or separated) is counted and left out. Everything is seeded.
"""

import sys
import time
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import logistic, norm

import fundgap
from fundgap.errors import CannotFit
from fundgap.models import ordinal
from fundgap.models.bootstrap import Replicates, bootstrap
from fundgap.models.brant import brant_test
from fundgap.models.covariance import covariance_of
from fundgap.models.marginal import Contrast, contrasts, table
from fundgap.models.prediction import Estimates, Targets, basic_interval, predicted_table
from fundgap.models.ratings_model import GOOD, GOOD_OR_BETTER, UNIT, RatingsModel

SPEND, DECILE = "preventative_per_child_real", "deprivation_decile"
SEED = 20270401
# Correlation of the latent normal scores of one council's judgements.
ALIKE = 0.5
COVARIANCES = ("information", "HC0", "CR1", "CR3")
CLUSTERED = ("CR1", "CR3")
METHODS = (*COVARIANCES, "bootstrap", "Bayesian bootstrap")
ASKED = (f"slope of {SPEND}", f"slope of {DECILE}", "average difference in P(good), £100", "P(good) at the median")


@dataclass(frozen=True)
class Truth:
    """A model taken for true: its councils, its columns, and the answers."""

    model: RatingsModel
    contrast: Contrast
    median: np.ndarray
    councils: np.ndarray
    targets: Targets
    values: np.ndarray

    @classmethod
    def of(cls, model: RatingsModel) -> "Truth":
        """Take a fitted model."""
        (contrast,) = contrasts(model.design, model.data, SPEND, 100.0, "difference")
        councils = pd.factorize(model.data[UNIT])[0].astype(np.int64)
        targets = Targets.of(model.grades, model.grades.index(GOOD), GOOD_OR_BETTER)
        median = np.median(model.design.x, axis=0)[None]
        slopes = [model.slopes[model.terms.index(term)] for term in (SPEND, DECILE)]
        average = table(contrast, model.estimates, targets, 0.95, None)["difference"].iloc[-1]
        chance = predicted_table(median, model.estimates, targets, 0.95, None, pd.RangeIndex(1))[GOOD_OR_BETTER].iloc[0]
        return cls(model, contrast, median, councils, targets, np.array([*slopes, average, chance]))

    def drawn(self, rng: np.random.Generator, alike: float) -> np.ndarray:
        """Return grades drawn from the model, (n,)."""
        n, count = len(self.councils), self.councils.max() + 1
        score = np.sqrt(alike) * rng.normal(size=count)[self.councils] + np.sqrt(1 - alike) * rng.normal(size=n)
        latent = self.model.design.x @ self.model.slopes + logistic.ppf(norm.cdf(score))
        return np.digitize(latent, self.model.thresholds).astype(np.int64)


def ends(
    model: RatingsModel, contrast: Contrast, median: np.ndarray, targets: Targets, estimates: Estimates, drawn: Replicates | None
) -> np.ndarray:
    """Return lower and upper ends of the 95% intervals, (2, 4), in the order of ASKED."""
    places = [model.terms.index(SPEND), model.terms.index(DECILE)]
    if drawn is None:
        error = np.sqrt(np.diag(estimates.covariance))[len(estimates.thresholds) :]
        slopes = [estimates.slopes[places] + sign * norm.ppf(0.975) * error[places] for sign in (-1, 1)]
    else:
        slopes = list(basic_interval(estimates.slopes[places], drawn.slopes[:, places], 0.95))
    average = table(contrast, estimates, targets, 0.95, drawn).iloc[-1]
    chance = predicted_table(median, estimates, targets, 0.95, drawn, pd.RangeIndex(1)).iloc[0]
    sides = zip(slopes, ("lower", "upper"), strict=True)
    return np.array([[*slope, average[side], chance[f"{GOOD_OR_BETTER} {side}"]] for slope, side in sides])


def one_data_set(truth: Truth, y: np.ndarray, refits: int, seed: int) -> tuple[np.ndarray, float, int] | None:
    """Return which intervals hold the truth, (methods, asked), the p-value of Brant's test, and failed refits.

    nan where a method was not asked or has no answer; None where the data set has no estimates.
    """
    model, x = truth.model, truth.model.design.x
    fitted = ordinal.fit(y, x, grades=len(model.grades))
    if not fitted.is_converged[0]:
        return None
    covered, failed = np.full((len(METHODS), len(ASKED)), np.nan), 0
    for row, method in enumerate(METHODS):
        drawn = None
        covariance = fitted.covariance[0]
        if method in COVARIANCES:
            try:
                covariance = covariance_of(y, x, fitted, method, truth.councils if method in CLUSTERED else None, "logit")
            except CannotFit:
                # CR3 where a grade stands on one council.
                continue
        elif refits == 0:
            continue
        else:
            options = {"replicates": refits, "seed": seed, "fractional": method != "bootstrap", "link": "logit", "unit": UNIT}
            try:
                drawn = bootstrap(y, x, truth.councils, fitted.slopes[0], grades=len(model.grades), **options)
            except CannotFit:
                failed += refits
                continue
            failed += drawn.failures.total
        estimates = Estimates(fitted.thresholds[0], fitted.slopes[0], covariance, "logit")
        low, high = ends(model, truth.contrast, truth.median, truth.targets, estimates, drawn)
        covered[row] = (low <= truth.values) & (truth.values <= high)
    try:
        brant = brant_test(y, x, model.grades, model.terms).p_value
    except CannotFit:
        brant = float("nan")
    return covered, brant, failed


def scenario(name: str, truth: Truth, alike: float, sets: int, bootstrapped: int, refits: int) -> None:
    """Print the coverage of one scenario."""
    began = time.perf_counter()
    seeds = np.random.SeedSequence([SEED, len(truth.councils), int(alike * 100)]).spawn(sets)
    told = []
    for number, seed in enumerate(seeds):
        told.append(one_data_set(truth, truth.drawn(np.random.default_rng(seed), alike), refits if number < bootstrapped else 0, number))
    sound = [one for one in told if one is not None]
    covered, brant = np.array([one[0] for one in sound]), np.array([one[1] for one in sound])
    n, councils = len(truth.councils), truth.councils.max() + 1
    print(f"{name}: {n} judgements of {councils} councils; {len(sound)} of {sets} data sets have estimates")
    counted = np.isfinite(covered[:, :, 0]).sum(axis=0)
    shown = pd.DataFrame(np.nanmean(covered, axis=0) * 100, index=METHODS, columns=ASKED).round(1)
    print(shown.assign(sets=counted, simulation_error=(100 * np.sqrt(0.95 * 0.05 / counted)).round(1)).to_string())
    failed = sum(one[2] for one in sound) / max(1, refits * counted[-2:].sum())
    print(f"  bootstrap refits that failed and were left out: {failed:.2%}")
    tested = np.isfinite(brant)
    rejected = np.mean(brant[tested] < 0.05)
    print(f"  Brant's test at 5% rejects {rejected:.1%} of {tested.sum()} data sets ({(~tested).sum()} have a separated cut)")
    print(f"  {time.perf_counter() - began:.0f} s\n", flush=True)


def main(sets: int, bootstrapped: int, refits: int) -> None:
    """Print the tables."""
    print(f"{date.today()}, {sets} data sets a scenario, {bootstrapped} of them bootstrapped with {refits} refits, seed {SEED}\n")
    judged = fundgap.in_real_terms(fundgap.inspections())
    first = Truth.of(fundgap.fit_ratings(f"rating ~ {SPEND} + {DECILE}", judged, ["SIF"]))
    both = f"rating ~ {SPEND} + {DECILE} + C(framework)"
    repeated = Truth.of(fundgap.fit_ratings(both, judged, ["SIF", "ILACS"], include_reinspections=True))
    scenario("First SIF, independent", first, 0.0, sets, bootstrapped, refits)
    scenario("SIF and ILACS, independent", repeated, 0.0, sets, bootstrapped, refits)
    scenario(f"SIF and ILACS, a council's judgements alike ({ALIKE})", repeated, ALIKE, sets, bootstrapped, refits)


if __name__ == "__main__":
    main(*(int(given) for given in (*sys.argv[1:4], *("2000", "800", "399")[len(sys.argv) - 1 :])))
