"""The charts of the data report: what is held, and what England spent."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from fundgap.data.coverage import STATES, data_coverage
from fundgap.data.processed_tables import SPEND_COLUMNS
from fundgap.story.chart import BLUE, GREY, ORANGE, PINK, PURPLE, S251, TURQUOISE, Chart, blank, finish, label_ends, small_multiples
from fundgap.story.figures import BILLION

# Gross spend, in total and in every category, is defined alike since then: see definition_breaks.
_COMPARABLE_SINCE = "2012-13"


_CATEGORY_LOOKS = {
    "looked_after": ("Looked after", BLUE, "o"),
    "safeguarding": ("Safeguarding", TURQUOISE, "s"),
    "family_support": ("Family support", ORANGE, "^"),
    "sure_start": ("Early years centres", PINK, "D"),
    "young_people": ("Young people", PURPLE, "v"),
    "youth_justice": ("Youth justice", GREY, "x"),
    "other": ("Other", "#6F6F6F", "."),
}
_LIGHT_BLUE = "#9DB8D2"
_COLOURS = dict(zip(STATES, (BLUE, _LIGHT_BLUE, ORANGE), strict=True))


def spend_by_category(years: pd.DataFrame) -> Chart:
    """Draw England's spend by category, real terms, since its lines were last redrawn. `years` comes with `…_real` columns."""
    base = years.attrs["price_base"]
    years = years[years["financial_year"] >= _COMPARABLE_SINCE]
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
    axes.set_xlim(-0.3, len(data) + 3.2)
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
        source=f"{S251}: as returned, without sampling. {_missing_note(data)} The pandemic lifted the prices of 2020-21.",
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


def spend_with_breaks(years: pd.DataFrame, breaks: pd.DataFrame) -> Chart:
    """Draw England's spend by category since 2008-09, lines interrupted where a definition changed.

    Parameters
    ----------
    years
        `council_years` in real terms.
    breaks
        `definition_breaks`; those of gross spend that are not comparable interrupt a line.
    """
    base = years.attrs["price_base"]
    columns = {name: f"{SPEND_COLUMNS[name]}_real" for name in _CATEGORY_LOOKS}
    data = years[~years["is_missing_return"]].groupby("financial_year")[list(columns.values())].sum(min_count=1).div(BILLION)
    cuts = breaks[(breaks["measure"] == "gross") & ~breaks["is_comparable"]].groupby("category")["first_year_after"].agg(set).to_dict()
    place = {year: number for number, year in enumerate(data.index)}
    figure, axes = blank((8.5, 5.6))
    ends = {}
    for name, (label, colour, marker) in _CATEGORY_LOOKS.items():
        values = data[columns[name]]
        for part in _uninterrupted(values, cuts.get(name, set())):
            axes.plot([place[year] for year in part.index], part, color=colour, marker=marker, markersize=4)
        ends[f"{label} £{values.iloc[-1]:.1f}bn"] = (values.iloc[-1], colour)
    axes.set_ylim(0, None)
    redrawn = sorted(set().union(*cuts.values()))
    for year in redrawn:
        axes.axvline(place[year] - 0.5, color=GREY, linewidth=0.8, linestyle=":")
    note = "dotted: some line redrawn in\n" + ", ".join(redrawn)
    axes.text(place[redrawn[-1]] - 0.4, axes.get_ylim()[1] * 0.99, note, fontsize=8, color=GREY, va="top")
    axes.set_xlim(-0.4, len(data) + 3.4)
    label_ends(axes, len(data) - 0.7, ends)
    axes.set_xticks(range(0, len(data), 2), data.index[::2])
    axes.set_ylabel("£bn")
    looked_after = data[columns["looked_after"]]
    first, last = data.index[0], data.index[-1]
    return finish(
        figure,
        title=f"Looked-after spend rose from £{looked_after.iloc[0]:.1f}bn to £{looked_after.iloc[-1]:.1f}bn in real terms",
        subtitle=f"Gross spend on children's services by category, England, {first} to {last}, £bn in {base} prices (GDP deflator); "
        "a line stops where its definition changes and must not be read across",
        source=f"{S251}. Sure Start and young people's services were not in the return before 2010-11. "
        f"{_missing_note(_missing_by_year(years))}",
        alt="; ".join(
            f"{label.lower()} £{data[columns[name]].dropna().iloc[0]:.1f}bn in {data[columns[name]].dropna().index[0]}, "
            f"£{data[columns[name]].iloc[-1]:.1f}bn in {last}"
            for name, (label, _, _) in _CATEGORY_LOOKS.items()
        ).capitalize()
        + ".",
        data=data.reset_index(),
    )


def _uninterrupted(values: pd.Series, cuts: set[str]) -> list[pd.Series]:
    """Return the runs of a yearly series that no change of definition cuts."""
    run = pd.Series([year in cuts for year in values.index], index=values.index).cumsum()
    return [part.dropna() for _, part in values.groupby(run) if part.notna().any()]


def _missing_by_year(years: pd.DataFrame) -> pd.DataFrame:
    counts = years.groupby("financial_year")["is_missing_return"].sum()
    return counts.rename("councils_missing").reset_index()


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
    spend = counts.loc["Total spend"]
    return finish(
        figure,
        title=f"Total spend lacks {spend['missing']} of {spend.sum():,} council-years; need begins later",
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
