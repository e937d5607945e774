"""The report: a front page that answers the three questions, the notebooks as chapters, and what they rest on. No network."""

import html
import shutil
import tempfile
from collections.abc import Callable, Sequence
from importlib.resources import files
from itertools import count
from pathlib import Path

import tomli_w

from fundgap.data.prices import BASE_YEAR, in_real_terms
from fundgap.data.sources import sources
from fundgap.data.store import Store, default_store
from fundgap.errors import FundgapError, NoData
from fundgap.story import data_figures, fan_figures, figures, manifest
from fundgap.story.answers import Answer, answers
from fundgap.story.chapters import Chapter, chapter, from_markdown, notebooks_in
from fundgap.story.chart import Chart
from fundgap.story.execution import executing
from fundgap.story.explorer import explorer
from fundgap.story.figure_page import Bundle, bundle, figure
from fundgap.story.figure_page import files as beside
from fundgap.story.findings import Findings
from fundgap.story.markup import own_links
from fundgap.story.page import footer, page
from fundgap.story.reference import assumptions_page, sources_page

Tell = Callable[[str], None]
_DOCUMENTS = ("data-notes", "methods")


def report(folder: str | Path = "report", store: Store | None = None, tell: Tell = lambda text: None) -> Path:
    """Write the report and return the path of its front page.

    The folder is replaced as a whole once everything has been made; an earlier report stays until then. Notebooks are run
    afresh from the figures in use, two at a time.

    Parameters
    ----------
    folder
        Where to write. An existing folder that holds anything but an earlier report is refused.
    tell
        Called with a line for each step, for progress.

    Raises
    ------
    FundgapError
        When the folder is not a report's, or a notebook fails.

    Examples
    --------
    >>> import fundgap as fg
    >>> fg.report("report")  # doctest: +SKIP
    PosixPath('report/index.html')
    """
    store, target = store or default_store(), Path(folder).resolve()
    if target.exists() and any(target.iterdir()) and not (target / "manifest.toml").is_file():
        raise FundgapError(f"{target} holds other files than a report; give a new or empty folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".report-") as made:
        _write(Path(made), store, tell)
        if target.exists():
            shutil.rmtree(target)
        shutil.copytree(made, target)
        # The temporary folder is private to its owner; a report is for everyone who may read beside it.
        target.chmod(0o755)
    return target / "index.html"


def _write(folder: Path, store: Store, tell: Tell) -> None:
    paths = notebooks_in(_beside_figures(store, "notebooks"))
    documents = {name: _document(store, name) for name in _DOCUMENTS}
    findings = Findings(store)
    # What is drawn here is drawn while the notebooks run.
    with executing(paths, tell) as done:
        explored, charts = explorer(findings), _charts(findings)
        answered = dict(zip(charts, answers(findings), strict=True))
        chapters = [chapter(path.stem, notebook) for path, notebook in zip(paths, done(), strict=True)]
    tell("putting the pages together")
    reference = [assumptions_page(), documents["data-notes"], documents["methods"], sources_page(store)]
    front = _front(findings, answered, charts, chapters, reference)
    groups = {"": [front, explored], "Chapters": chapters, "What it rests on": reference}
    made_from = manifest.manifest(store, chapters)
    foot = footer(dict.fromkeys(sources(store)["publisher"]), manifest.shown(made_from))
    everything = [one for group in groups.values() for one in group]
    links = {one.name: one.page for one in everything}
    (folder / "figures").mkdir()
    for one in everything:
        (folder / one.page).write_text(own_links(page(one, groups, foot), links), "utf-8")
        for name, content in one.files.items():
            (folder / name).write_bytes(content)
    (folder / "page.css").write_text(files(__package__).joinpath("assets", "page.css").read_text("utf-8"), "utf-8")
    (folder / "manifest.toml").write_text(tomli_w.dumps(made_from), "utf-8")


def _beside_figures(store: Store, name: str) -> Path:
    """Return a folder of the project: beside the figures in a checkout, among them in an installed package."""
    beside_them = store.root.parent / name
    return beside_them if beside_them.is_dir() else store.root / name


def _document(store: Store, name: str) -> Chapter:
    path = _beside_figures(store, "docs") / f"{name}.md"
    if not path.is_file():
        raise NoData(f"{path} is not there; the report has a page of it.")
    return from_markdown(name, path.read_text("utf-8"))


def _charts(findings: Findings) -> dict[str, dict[str, Bundle]]:
    """Return the charts of the front page, drawn, by the answer that they stand beside and by file name."""
    drawn = {"ratings": ratings_charts(findings), "gap": gap_charts(findings), "fund": fund_charts(findings)}
    return {anchor: {name: bundle(chart) for name, chart in charts.items()} for anchor, charts in drawn.items()}


def _front(
    findings: Findings,
    answered: dict[str, Answer],
    charts: dict[str, dict[str, Bundle]],
    chapters: Sequence[Chapter],
    reference: Sequence[Chapter],
) -> Chapter:
    front = Chapter("index", "Overview", sections=[(anchor, html.escape(answer.question)) for anchor, answer in answered.items()])
    number, sections = count(1), []
    for anchor, answer in answered.items():
        shown = "".join(figure(made, name, f"Figure {next(number)}") for name, made in charts[anchor].items())
        sections.append(_section(anchor, answer, shown))
        for name, made in charts[anchor].items():
            front.files |= beside(made, name)
    latest = findings.years["financial_year"].max()
    front.body = (
        "<h1>Children's services in England: ratings, the funding gap, and what a fund does about it</h1>"
        '<p class="lead">Three questions, answered from official figures for every upper-tier council.</p>'
        f'<p class="basis">Latest spend: {latest}. Money is in {BASE_YEAR} prices (GDP deflator) unless it says cash. Every figure is '
        'computed from the official statistics under <a href="sources.html">sources</a>, except the forecasts and the pledge, whose '
        "sources stand beside them.</p>"
        + _summary(answered)
        + '<p><a href="explorer.html">Explore a council</a>: its ratings, spend, gap, share of a fund and partners, beside another if you '
        "like.</p>"
        + "".join(sections)
        + _further("Read on", "read-on", chapters)
        + _further("What it rests on", "what-it-rests-on", reference)
    )
    return front


def _summary(answered: dict[str, Answer]) -> str:
    """Return the three answers in a minute's reading, each leading to its evidence."""
    rows = [
        f'<div><dt><a href="#{anchor}">{html.escape(item.question)}</a></dt><dd>{html.escape(item.headline)}</dd></div>'
        for anchor, item in answered.items()
    ]
    return f'<dl class="summary">{"".join(rows)}</dl>'


def ratings_charts(findings: Findings) -> dict[str, Chart]:
    """Return the charts of the first answer, by file name."""
    return {
        "chance-of-good": figures.chance_of_good(findings.chances, BASE_YEAR),
        "odds-ratios": figures.odds_ratios(findings.ratios, BASE_YEAR),
    }


def gap_charts(findings: Findings) -> dict[str, Chart]:
    """Return the charts of the second answer, by file name."""
    return {
        "forecast-and-outturn": figures.forecast_and_outturn(findings.outturns),
        "spend-by-category": data_figures.spend_by_category(in_real_terms(findings.years, store=findings.store)),
        "projected-gap": fan_figures.fan(findings.simulation, findings.years, until=findings.trend.england["financial_year"].iloc[-1]),
    }


def fund_charts(findings: Findings) -> dict[str, Chart]:
    """Return the charts of the third answer, by file name."""
    gap = findings.forecasts["LGA 2017"].scenario.title
    return {"fund-beside-gap": figures.fund_beside_gap(findings.pledge, "Sector-led improvement pledge", gap)}


def _section(anchor: str, answer: Answer, shown: str) -> str:
    evidence = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in answer.evidence)
    return (
        f'<section class="answer" aria-labelledby="{anchor}"><h2 id="{anchor}">{html.escape(answer.question)}</h2>'
        f'<p class="headline">{html.escape(answer.headline)}</p><ul>{evidence}</ul>{shown}'
        f'<p class="limit"><strong>What this does not say.</strong> {html.escape(answer.limit)}</p></section>'
    )


def _further(title: str, anchor: str, pages: Sequence[Chapter]) -> str:
    listed = "".join(f'<li><a href="{one.page}">{html.escape(one.title)}</a></li>' for one in pages)
    return f'<h2 id="{anchor}">{title}</h2><ul class="further">{listed}</ul>'
