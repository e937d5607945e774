"""The specification curve as tables: one row a specification, tests of the whole, and which choices move the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from fundgap.models.curve_choices import GROUPS, choices
from fundgap.shown import Shown

STATISTICS = ("median", "share_positive", "share_significant_positive", "share_significant_negative", "stouffer_z")
EVERY = "every specification"
# Kinds of spend by place: the two groups that move the answer most have tests of their options together too.
PAIR = "spend and place"


@dataclass(frozen=True)
class SpecificationCurve(Shown):
    """A specification curve with its permutation tests.

    Parameters
    ----------
    table
        One row a specification, in the order of the draw: its nine choices by name; n (judgements), councils; unit; spread (one
        standard deviation of spend in the sample, in that unit); odds_ratio of a better grade for one spread more, with lower,
        upper (95% Wald) and p_value; the same for £100 more where spend is in pounds (odds_ratio_100, lower_100, upper_100);
        errors ("CR1 by council" where a council was judged more than once, else "information"); is_separated, has_empty_grade,
        is_collinear, is_converged. A specification whose fit failed has no odds ratio and is in no summary but the count of failures.
    tests
        One row for each null, group of choices (and PAIR), option and statistic: observed; expected, lower, upper (mean and 95% range over
        the shuffles); p_greater (as large or larger by chance) and p_two_sided; specifications (that it stands on).
    band
        For each place in the sorted curve: rank, and lower, median, upper of the odds ratios at that place over the shuffles.
    failures
        One row for each null: fits of shuffles in all, and those that failed by reason.
    reasons
        How many combinations of choices are defined, and why the others are not.
    run
        What it was made from: hashes, versions, seed, shuffles.
    """

    table: pd.DataFrame
    tests: pd.DataFrame
    band: pd.DataFrame
    failures: pd.DataFrame
    reasons: pd.DataFrame
    run: Mapping[str, str | int]

    def summary(self, by: str | None = None) -> pd.DataFrame:
        """Return what the curve comes to: all of it, or for each option of a group of choices such as "spend", or of PAIR.

        Returns
        -------
        pandas.DataFrame
            Index option; specifications, failed, share_positive, share_significant_positive and _negative (p below 0.05), median,
            lower_quartile and upper_quartile of the odds ratios per standard deviation. Shares are of those that did not fail.
        """
        groups = by.split(" and ") if by else []
        order = [", ".join(names) for names in product(*(labels(group).values() for group in groups))] if by else [EVERY]
        keys = pd.Series(EVERY, index=self.table.index)
        if by:
            keys = pd.DataFrame({group: self.table[group].map(labels(group)) for group in groups}).agg(", ".join, axis=1)
        parts = {key: _summary(part) for key, part in self.table.groupby(keys)}
        present = [key for key in order if key in parts]
        return pd.DataFrame([parts[key] for key in present], index=pd.Index(present, name=by or "option"))

    def movers(self) -> pd.DataFrame:
        """Return which choices move the answer, and by how much, the one that explains most first.

        Returns
        -------
        pandas.DataFrame
            Index group of choices; share_alone: of the variance of the log odds ratios over the specifications, what the group
            explains by itself; share_beyond_others: what it adds to all the other groups (least squares on indicators of the
            options); lowest, highest: options with the lowest and highest median; median_lowest, median_highest: those odds ratios.
        """
        good = self.table[self.table["is_converged"]]
        answer = np.log(good["odds_ratio"].to_numpy(float))
        whole = _explained(answer, good[list(GROUPS)])
        rows = {}
        for group in GROUPS:
            medians = good.groupby(good[group].map(labels(group)))["odds_ratio"].median()
            others = [name for name in GROUPS if name != group]
            rows[group] = {
                "share_alone": _explained(answer, good[[group]]),
                "share_beyond_others": whole - _explained(answer, good[others]),
                "lowest": medians.idxmin(),
                "median_lowest": medians.min(),
                "highest": medians.idxmax(),
                "median_highest": medians.max(),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("choice").sort_values("share_alone", ascending=False)

    def joint_test(self, by: str | None = None, null: str = "deprivation") -> pd.DataFrame:
        """Return the permutation tests of the whole curve, or for each option of a group of choices (see `tests`)."""
        chosen = (self.tests["null"] == null) & (self.tests["group"] == (by or EVERY))
        return self.tests[chosen].drop(columns=["null", "group"]).set_index(["option", "statistic"])

    def to_frame(self) -> pd.DataFrame:
        """Return one row a specification."""
        return self.table

    def __str__(self) -> str:
        """Say what the curve comes to in a few lines."""
        row = self.summary().iloc[0]
        test = self.joint_test().loc[EVERY]["p_greater"].astype(float).to_dict()
        return "\n".join(
            [
                f"Specification curve: {row['specifications']:,.0f} specifications of {self.reasons['specifications'].iloc[0]:,} defined, "
                f"{row['failed']:.0f} failed",
                f"  median odds ratio of a better grade per standard deviation of spend: {row['median']:.2f}",
                f"  above 1: {row['share_positive']:.0%}; significantly above {row['share_significant_positive']:.0%}, "
                f"below {row['share_significant_negative']:.0%}",
                f"  over {self.run['shuffles']} shuffles of spend within deprivation band: p = {test['median']:.3f} (median), "
                f"{test['share_significant_positive']:.3f} (share significant), "
                f"{test['stouffer_z']:.3f} (average z)",
            ]
        )


def labels(group: str) -> dict[str, str]:
    """Return the label of each option of a group of choices, in the order of the file."""
    return {name: option.label for name, option in choices().options[group].items()}


def _summary(part: pd.DataFrame) -> dict[str, float]:
    good = part[part["is_converged"]]
    ratio, significant = good["odds_ratio"], good["p_value"] < 0.05
    return {
        "specifications": len(part),
        "failed": len(part) - len(good),
        "share_positive": (ratio > 1).mean(),
        "share_significant_positive": ((ratio > 1) & significant).mean(),
        "share_significant_negative": ((ratio < 1) & significant).mean(),
        "median": ratio.median(),
        "lower_quartile": float(ratio.quantile(0.25)),
        "upper_quartile": float(ratio.quantile(0.75)),
    }


def _explained(answer: np.ndarray, groups: pd.DataFrame) -> float:
    """Return R² of least squares on indicators of the options."""
    columns = pd.get_dummies(groups, drop_first=True).to_numpy(float)
    design = np.column_stack([np.ones(len(answer)), columns])
    fitted = design @ np.linalg.lstsq(design, answer, rcond=None)[0]
    return float(1 - ((answer - fitted) ** 2).sum() / ((answer - answer.mean()) ** 2).sum())
