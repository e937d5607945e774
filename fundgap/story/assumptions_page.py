"""The page of all assumptions, docs/assumptions.md: written from the scenarios by `python -m fundgap.story.readme`."""

from fundgap.gap.scenario import assumptions, scenario, scenarios

PAGE = "docs/assumptions.md"
_MARKS = {"red": "🔴 red", "amber": "🟠 amber", "green": "🟢 green"}
_HEAD = """\
# Every assumption of every scenario

Written from the scenario files by `make readme`; do not edit. *Quality* says how good the evidence is, *impact* how much the
answer hangs on it: red is worst, and most. Rates are fractions a year, above general prices where they say "real"; pounds are
cash, for England. The same table in code: `fundgap.assumptions()`; a file of your own: `fundgap.scenario("mine.toml")`.
"""


def page() -> str:
    """Return the page as Markdown."""
    table = assumptions()
    parts = [_HEAD]
    for name in scenarios()["id"]:
        about = scenario(name)
        parts.append(f"\n## {name}: {about.title}\n\n{' '.join(about.summary.split())}\n")
        span = f"From {about.base_year}, {about.years} years."
        estimated = any(item.estimate for item in about.assumptions().values())
        parts.append(f"{span} Estimates look back {about.window_years} years.\n" if estimated else f"{span}\n")
        parts.append("| assumption | unit | value | source | date | quality | impact |\n|---|---|---|---|---|---|---|")
        for row in table[table["scenario"] == name].to_dict("records"):
            marks = [_MARKS[row["quality"]], _MARKS[row["impact"]]]
            cells = [row["label"], row["unit"], row["value"], row["source"], row["date"], *marks]
            parts.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
        parts.append("")
    return "\n".join(parts).rstrip("\n") + "\n"
