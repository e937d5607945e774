"""The explorer's views of judgements: a council's ratings path, and the good councils most like it."""

from fundgap.models.journeys import journeys
from fundgap.models.partners import partners_of_all
from fundgap.story.explorer_view import LATEST, View, register, rounded, with_reasons
from fundgap.story.findings import Findings

MOST_PARTNERS = 3


def ratings(findings: Findings) -> View:
    """Return every council's judgements (`fundgap.journeys`)."""
    paths = journeys(findings.judgements, findings.store)
    shown = {}
    for code, steps in paths.steps.groupby("council"):
        last = steps.iloc[-1]
        count = f"{len(steps)} judgements" if len(steps) > 1 else "one judgement"
        finding = (
            f"{last['council_name']}: {str(last['rating']).lower()} at its latest judgement ({last['stage']}, report of "
            f"{last['publication_date']:%-d %b %Y}); {count} since {steps['publication_date'].min():%Y}."
        )
        rows = [[f"{row.publication_date:%Y-%m-%d}", row.stage, str(row.rating)] for row in steps.itertuples()]
        shown[str(code)] = {"finding": finding, "rows": rows}
    end = f"{paths.steps['publication_date'].max():%-d %b %Y}"
    return View(
        "ratings",
        "Ratings path",
        f"Overall judgements by Ofsted, by day of the report, to {end}. A judgement is not a sample: it has no interval.",
        "Before November 2013 other frameworks with other criteria. A successor council starts anew. Source: Ofsted.",
        f"to {end}",
        "none: not money",
        "steps",
        (("Report published", "date", ""), ("Framework", "text", ""), ("Judgement", "text", "")),
        with_reasons(findings, shown, {}, "no judgement of its own on record yet"),
    )


def partners(findings: Findings) -> View:
    """Return the good and outstanding councils most like each council (`fundgap.partners`)."""
    found, reasons = partners_of_all(findings.judgements, findings.years, findings.store)
    shown = {}
    for code, one in found.items():
        first = one.first(MOST_PARTNERS)
        rows = [
            [
                row["council"],
                row["council_name"],
                row["region"],
                f"{row['rating']} ({row['judged_on']:%b %Y})",
                rounded(row["neighbour_position"], 0),
                round(row["closer_than"], 4),
                row["known_help"] or "none on record",
            ]
            for row in first.to_dict("records")
        ]
        names = list(first["council_name"])
        together = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
        shown[code] = {"finding": f"{one.council_name}: most like it among good and outstanding councils are {together}.", "rows": rows}
    names_of = register(findings)["council_name"]
    said = {code: words.removesuffix(".").replace(code, str(names_of[code])) for code, words in reasons.items()}
    day = f"{next(iter(found.values())).as_at:%-d %b %Y}"
    return View(
        "partners",
        "Partners: good councils most like it",
        f"Grades as at {day}, figures of {LATEST}; official statistical neighbours first, then by likeness. "
        "A ranking, without an interval.",
        "Whether a council has room to help, and wants to, is in no figure: ask. A grade is years old when it is read.",
        f"as at {day}",
        "none: not money",
        "none",
        (
            ("ONS code", "code", ""),
            ("Council", "text", ""),
            ("Region", "text", ""),
            ("Judgement", "text", ""),
            ("Official neighbour, place", "number", "1 = nearest"),
            ("More alike than this share of pairs", "percent", "fraction"),
            ("Known help to others", "text", ""),
        ),
        with_reasons(findings, shown, said, "nobody to compare with"),
    )
