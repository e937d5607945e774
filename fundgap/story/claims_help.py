"""Claims on help and takeovers: partners, partnerships, commissioners, trusts."""

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact

from fundgap.data.claims_register import Saying
from fundgap.models.proportions import clustered_interval, exact_interval
from fundgap.models.survival import DAYS_IN_YEAR
from fundgap.story.claims_inputs import GOOD, NO_SAMPLING, Computed, Evidence, Inputs, held, judged, span, spent

_NAMED_ON = "2015-12-31"
_SCANDAL, _ARTICLE = "2014-08-26", "2018-03-31"
_PARTNERSHIP = "2017-09-14"
_ROUTES = {
    "trust or company": ("trust", "company"),
    "partnership or advisers": ("partnership", "advisers"),
    "commissioner": ("commissioner",),
}
_VAT_COUNCILS, _VAT_YEARS = ("E06000039", "E08000017"), ("2014-15", "2015-16", "2016-17")


def partners_in_practice(inputs: Inputs, saying: Saying) -> Computed:
    """Look up their grades in force when they were named, and every judgement since, beside all councils'."""
    named = set(inputs.helpers["council"])
    then = inputs.in_force(_NAMED_ON)
    then = then[then["council"].isin(named)]
    since = inputs.paths.steps[inputs.paths.steps["publication_date"] > _NAMED_ON]
    own, others = since[since["council"].isin(named)], since[~since["council"].isin(named)]
    is_good = np.asarray(own["rating"] >= GOOD, dtype=np.float64)
    lower, upper = clustered_interval(is_good, pd.factorize(own["council"])[0])
    figures = {
        "partners": float(len(named)),
        "good_then": float((then["rating"] >= GOOD).sum()),
        "good_since": float(is_good.mean()),
        "since_lower": lower,
        "others_since": float((others["rating"] >= GOOD).mean()),
    }
    older = then[then["framework"] != "SIF"]
    below = own[own["rating"] < GOOD]
    dips = ", ".join(f"{row.council_name}'s {str(row.rating).lower()} of {row.publication_date:%B %Y}" for row in below.itertuples())
    words = (
        f"On 31 December 2015 the grades in force of {figures['good_then']:.0f} of the {len(named)} were good or outstanding, {len(older)} "
        f"of them given under older frameworks in {older['publication_date'].dt.year.min():.0f} to "
        f"{older['publication_date'].dt.year.max():.0f}. Of their {len(own)} judgements since, {is_good.sum():.0f} were good or "
        f"outstanding ({is_good.mean():.0%}; all other councils {figures['others_since']:.0%})"
        + (f"; the exceptions: {dips}." if dips else ".")
    )
    return Computed(words, figures, f"since: {span(lower, upper)}", _NAMED_ON, (judged(pd.concat([then, own])),))


def rotherham(inputs: Inputs, saying: Saying) -> Computed:
    """Look for the first good judgement since the report on its scandal of August 2014."""
    own = inputs.paths.steps[inputs.paths.steps["council_name"] == "Rotherham"]
    since = own[(own["publication_date"] > _SCANDAL) & (own["publication_date"] <= _ARTICLE)]
    last = since[since["publication_date"] == since["publication_date"].max()]
    help_ = inputs.interventions[
        (inputs.interventions["council_name"] == "Rotherham") & inputs.interventions["partner"].str.contains("Lincolnshire")
    ]
    good_before = int((since["rating"] >= GOOD).sum() - (last["rating"] >= GOOD).sum())
    figures = {
        "good_now": float((last["rating"] >= GOOD).sum()),
        "good_before": float(good_before),
        "partner_on_register": float(len(help_)),
    }
    path = ", ".join(f"{str(row.rating).lower()} ({row.stage}, {row.publication_date:%-d %B %Y})" for row in own.itertuples())
    doubt = "" if help_["is_checked"].all() else " (the day it began was not found)"
    words = (
        f"Rotherham's judgements: {path}. Lincolnshire stands on the register as its partner{doubt}."
        if len(help_)
        else f"Rotherham's judgements: {path}."
    )
    keys = help_[["council", "kind", "started_on"]]
    return Computed(words, figures, NO_SAMPLING, _ARTICLE, (judged(own), Evidence("interventions", keys)))


def kirklees_leeds(inputs: Inputs, saying: Saying) -> Computed:
    """Look up Kirklees' grades after the partnership, beside the other councils that were inadequate on the same day."""
    held = inputs.in_force(_PARTNERSHIP)
    alike = held.loc[held["rating"].eq("Inadequate"), ["council", "publication_date"]]
    steps = inputs.paths.steps.merge(alike, on="council", suffixes=("", "_held"))
    after = steps[steps["publication_date"] > steps["publication_date_held"]].drop_duplicates("council")
    own = inputs.paths.steps[inputs.paths.steps["council_name"] == "Kirklees"]
    mine, others = after[after["council_name"] == "Kirklees"], after[after["council_name"] != "Kirklees"]
    better = int((others["rating"] > "Inadequate").sum())
    figures = {
        "improved": float((mine["rating"] > "Inadequate").sum()),
        "others": float(len(others)),
        "others_improved": better / len(others) if len(others) else float("nan"),
    }
    path = ", ".join(f"{str(row.rating).lower()} ({row.publication_date:%B %Y})" for row in own.itertuples())
    words = (
        f"Kirklees: {path}. Of the {len(others)} other councils inadequate on 14 September 2017, when the partnership was announced, "
        f"{better} were judged better the next time ({figures['others_improved']:.0%})."
        + (" One council's rise among so many cannot be put down to its partner." if figures["improved"] and better else "")
    )
    return Computed(
        words, figures, f"others: {span(*exact_interval(better, len(others)))}", _PARTNERSHIP, (judged(pd.concat([own, after])),)
    )


def trust_route(inputs: Inputs, saying: Saying) -> Computed:
    """Look up the next judgement of councils that were inadequate when each kind of intervention began."""
    table = _by_route(inputs)
    trusts, others = (table[table["route"].eq("trust or company") == wanted] for wanted in (True, False))
    counts = [[int(part["is_better"].sum()), int((~part["is_better"]).sum())] for part in (trusts, others)]
    shares = [part["is_better"].mean() for part in (trusts, others)]
    figures = {
        "p_value": float(fisher_exact(np.array(counts)).pvalue),
        "trusts_better": float(shares[0]),
        "others_better": float(shares[1]),
        "fewest": float(table.groupby("route").size().reindex(list(_ROUTES), fill_value=0).min()),
    }
    parts = [
        f"{route}: {int(part['is_better'].sum())} of {len(part)} better at the next judgement, {part['years'].median():.1f} years on in "
        "the median"
        for route, part in table.groupby("route", sort=False)
    ]
    words = (
        f"Councils inadequate when it began, by what began (a council may be in two rows): {'; '.join(parts)}. The register holds those "
        "named in the articles only, and who got a trust was worse off to begin with: this compares nothing but what followed."
    )
    keys = inputs.interventions[["council", "kind", "started_on"]]
    return Computed(
        words,
        figures,
        f"trusts against the rest: Fisher's exact p = {figures['p_value']:.2f}, roughly, as councils stand in two rows",
        "2014 to 2025",
        (judged(table), Evidence("interventions", keys)),
    )


def _by_route(inputs: Inputs) -> pd.DataFrame:
    """Return the first judgement after each route began, of councils that were inadequate then: a row a route and council."""
    rows = []
    for route, kinds in _ROUTES.items():
        register = inputs.interventions[inputs.interventions["kind"].isin(kinds)].sort_values("started_on").drop_duplicates("council")
        for item in register.itertuples():
            rows += _followed(inputs, route, str(item.council), pd.Timestamp(str(item.started_on)))
    return pd.DataFrame(
        rows, columns=["route", "council", "council_name", "framework", "is_reinspection", "publication_date", "is_better", "years"]
    )


def _followed(inputs: Inputs, route: str, council: str, start: pd.Timestamp) -> list[tuple[object, ...]]:
    """Return the first judgement after the start, where the one in force then was inadequate."""
    own = inputs.paths.steps[inputs.paths.steps["council"] == council]
    before, after = own[own["publication_date"] <= start], own[own["publication_date"] > start]
    if before.empty or after.empty or before["rating"].iloc[-1] != "Inadequate":
        return []
    next_ = after.iloc[0]
    years = (next_["publication_date"] - start).days / DAYS_IN_YEAR
    is_better = bool(next_["rating"] != "Inadequate")
    return [
        (route, council, next_["council_name"], next_["framework"], next_["is_reinspection"], next_["publication_date"], is_better, years)
    ]


def trust_vat(inputs: Inputs, saying: Saying) -> Computed:
    """Set the sum beside what the two councils spent in the three years before, and their share of the forecast gap."""
    spend = inputs.years[inputs.years["council"].isin(_VAT_COUNCILS) & inputs.years["financial_year"].isin(_VAT_YEARS)]
    total = float(spend["gross_spend_gbp"].sum(skipna=False))
    gap = inputs.forecasts["LGA 2017"]
    own = gap.councils[
        gap.councils["council"].isin(_VAT_COUNCILS) & gap.councils["financial_year"].eq(gap.england["financial_year"].iloc[-1])
    ]
    amount = saying.numbers["amount_gbp"]
    figures = {
        "tax_figures": held(("vat", "tax_gbp")),
        "share_of_spend": amount / total,
        "share_of_gap": amount / len(_VAT_YEARS) / float(own["gap_gbp"].sum()),
    }
    words = (
        f"£{amount / 1e6:.1f}m is {figures['share_of_spend']:.1%} of what Slough and Doncaster spent on children's services in "
        f"{_VAT_YEARS[0]} to {_VAT_YEARS[-1]} (£{total / 1e6:.0f}m gross, cash), and a year of it {figures['share_of_gap']:.0%} of their "
        "part of the Local Government Association's gap of 2019-20, shared out by spend. No table holds what trusts paid in VAT."
    )
    return Computed(words, figures, "a single sum as told; none", f"{_VAT_YEARS[0]} to {_VAT_YEARS[-1]}", spent(spend, ("gross_spend",)))
