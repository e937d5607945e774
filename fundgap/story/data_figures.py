"""The charts of the data report: what is held, and what England spent."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from fundgap.data.coverage import STATES, data_coverage
from fundgap.story.chart import BLUE, GREY, ORANGE, TURQUOISE, Chart, blank, finish, label_ends, small_multiples
from fundgap.story.figures import BILLION

_S251 = "DfE Section 251 outturn (gross, excluding CERA)"


def spend_by_category(years: pd.DataFrame) -> Chart:
    """Draw England's spend by category, real terms. `years` comes with `…_real` columns."""
    base = years.attrs["price_base"]
    names = {"looked_after": "Looked-after children", "safeguarding": "Safeguarding", "preventative": "Preventative"}
    columns = [f"{name}_spend_gbp_real" for name in names]
    # Luton published some categories of 2022-23 and no total: every sum holds the same councils.
    data = years[~years["is_missing_return"]].groupby("financial_year")[columns].sum().div(BILLION).reset_index()
    data["councils_missing"] = years.groupby("financial_year")["is_missing_return"].sum().to_numpy()
    figure, axes = blank()
    ends = {}
    for (name, label), colour in zip(names.items(), (BLUE, TURQUOISE, ORANGE), strict=True):
        values = data[f"{name}_spend_gbp_real"]
        axes.plot(data["financial_year"], values, color=colour, marker="o", markersize=4)
        ends[f"{label} £{values.iloc[-1]:.1f}bn"] = (values.iloc[-1], colour)
    axes.set_xlim(-0.3, len(data) + 2.4)
    axes.set_ylim(0, None)
    label_ends(axes, len(data) - 0.8, ends)
    axes.set_xticks(range(0, len(data), 2), data["financial_year"].iloc[::2])
    axes.set_ylabel("£bn")
    first, last = data.iloc[0], data.iloc[-1]
    changes = _moved_like_for_like(years, columns)
    moved = {name: changes[f"{name}_spend_gbp_real"] for name in names}
    return finish(
        figure,
        title="Looked-after spend nearly doubled; preventative spend fell by a quarter"
        if moved["looked_after"] > 0.75 and -0.3 < moved["preventative"] < -0.2
        else "Spend on looked-after children has grown past everything else",
        subtitle=f"Gross spend on children's services by category, England, £bn in {base} prices (GDP deflator)",
        source=f"{_S251}. {_missing_note(data)} Lines were redrawn in 2013-14; the pandemic lifted the prices of 2020-21.",
        alt=f"From {first['financial_year']} to {last['financial_year']} in real terms, without councils missing at the end: "
        + "; ".join(f"{label.lower()} {moved[name]:+.0%}" for name, label in names.items())
        + ".",
        data=data,
    )


def _moved_like_for_like(years: pd.DataFrame, columns: list[str]) -> dict[str, float]:
    """Return the change from the first to the last year, both ends without the councils that made no return in the last."""
    ends = years["financial_year"].min(), years["financial_year"].max()
    gone = years.loc[(years["financial_year"] == ends[1]) & years["is_missing_return"], "council"]
    first, last = (years[(years["financial_year"] == end) & ~years["council"].isin(gone)][columns].sum() for end in ends)
    return {column: float(last[column] / first[column] - 1) for column in columns}


def _missing_note(data: pd.DataFrame) -> str:
    missing = data[data["councils_missing"] > 0]
    listed = ", ".join(f"{row.councils_missing} in {row.financial_year}" for row in missing.itertuples())
    return f"Councils without a return are not in the sum: {listed}." if listed else ""


_LIGHT_BLUE = "#9DB8D2"
_COLOURS = dict(zip(STATES, (BLUE, _LIGHT_BLUE, ORANGE), strict=True))


def coverage_picture(years: pd.DataFrame) -> Chart:
    """Draw what is held: a panel a subject, councils down by region, years across. `years` comes from `council_years`."""
    table = data_coverage(years)
    order = table.drop_duplicates("council").sort_values(["region", "council_name", "council"])["council"].tolist()
    when = sorted(table["financial_year"].unique())
    subjects = list(dict.fromkeys(table["subject"]))
    figure, panels = small_multiples(len(subjects), columns=5, size=(8.5, 7.5))
    for subject, axes in zip(subjects, panels, strict=True):
        part = table[table["subject"] == subject]
        codes = part.assign(code=part["state"].cat.codes).pivot(index="council", columns="financial_year", values="code")
        _draw_states(axes, codes.reindex(index=order, columns=when), subject)
    panels[0].set_ylabel("councils, by region", fontsize=8)
    shades = [Patch(color=colour, label=state) for state, colour in _COLOURS.items()]
    shades.append(Patch(facecolor="white", edgecolor=GREY, label="council did not exist"))
    figure.legend(handles=shades, loc="upper right", ncols=4, fontsize=8, frameon=False, bbox_to_anchor=(0.98, 0.885))
    counts = table.groupby(["subject", "state"], observed=False, sort=False).size().unstack()
    full = counts.index[(counts["missing"] / counts.sum(axis=1)) < 0.01].tolist()
    return finish(
        figure,
        title=f"{len(full)} of {len(subjects)} subjects are held for all but one in a hundred council-years",
        subtitle=f"Figures held by council, year and subject, {when[0]} to {when[-1]}, England, "
        f"{len(order)} councils that exist or existed",
        source="DfE, MHCLG, Ofsted, ONS, HMRC, DWP; releases in the register of sources. Worked out: scaled or derived, and flagged.",
        alt="Council-years missing: "
        + "; ".join(f"{subject} {row['missing']:,} of {row.sum():,}" for subject, row in counts.iterrows())
        + ".",
        data=counts.reset_index(),
    )


def _draw_states(axes: Axes, codes: pd.DataFrame, subject: str) -> None:
    shades = ListedColormap(list(_COLOURS.values()))
    axes.imshow(np.ma.masked_invalid(codes.to_numpy(float)), cmap=shades, vmin=0, vmax=len(STATES) - 1, aspect="auto", interpolation="none")
    axes.set_title(subject, fontsize=8, loc="left", pad=3)
    ends = [0, len(codes.columns) - 1]
    first, last = axes.set_xticks(ends, [str(codes.columns[end]) for end in ends], fontsize=7)
    first.label1.set_horizontalalignment("left")
    last.label1.set_horizontalalignment("right")
    axes.set_yticks([])
    axes.grid(visible=False)
