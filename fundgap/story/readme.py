"""The README's answers and picture and the page of assumptions: `python -m fundgap.story.readme` brings them up to date."""

from pathlib import Path

from fundgap.data.prices import BASE_YEAR
from fundgap.story.answers import answers
from fundgap.story.assumptions_page import PAGE, page
from fundgap.story.chart import Chart
from fundgap.story.figures import chance_of_good
from fundgap.story.findings import Findings

START, END = "<!-- answers: written by fundgap.story.readme -->", "<!-- end of answers -->"
PICTURE = "docs/chance-of-good.svg"


def block(findings: Findings) -> str:
    """Return the text between the README's markers: question, headline, evidence and limit of each answer."""
    parts = []
    for answer in answers(findings):
        evidence = "\n".join(f"- {sentence}" for sentence in answer.evidence)
        parts.append(f"**{answer.question}** {answer.headline}\n\n{evidence}\n\n*{answer.limit}*")
    return "\n\n".join(parts)


def picture(findings: Findings) -> Chart:
    """Return the README's chart."""
    return chance_of_good(findings.chances, BASE_YEAR)


def updated(text: str, findings: Findings) -> str:
    """Return the README's text with the answers as the figures now give them."""
    before, rest = text.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n\n{block(findings)}\n\n{END}{after}"


def main(root: Path) -> None:
    """Rewrite README.md, its picture and the page of assumptions under `root`."""
    findings = Findings()
    readme = root / "README.md"
    readme.write_text(updated(readme.read_text("utf-8"), findings), "utf-8")
    (root / PICTURE).write_bytes(picture(findings).svg())
    (root / PAGE).write_text(page(), "utf-8")


if __name__ == "__main__":
    main(Path.cwd())
