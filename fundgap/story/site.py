"""The report: a front page that answers the three questions, and the notebooks as chapters. Works from disk, no network."""

import html
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pandas as pd
import tomli_w

from fundgap import __version__
from fundgap.data.prices import BASE_YEAR, in_real_terms
from fundgap.data.sources import sources
from fundgap.data.store import Store, default_store, sha256
from fundgap.errors import FundgapError
from fundgap.story import data_figures, figures
from fundgap.story.answers import Answer, answers
from fundgap.story.chapters import body_of, execute, notebooks_in, title_of
from fundgap.story.chart import Chart
from fundgap.story.findings import Findings

Tell = Callable[[str], None]
_PACKAGES = ("numpy", "pandas", "scipy", "matplotlib")
_LICENCE = (
    "Contains public sector information licensed under the "
    '<a href="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/">Open Government Licence v3.0</a>: '
)


def report(folder: str | Path = "report", store: Store | None = None, tell: Tell = lambda text: None) -> Path:
    """Write the report and return the path of its front page.

    The folder is replaced as a whole once everything has been made; an earlier report stays until then. Notebooks are run
    afresh from the figures in use.

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
    findings = Findings(store)
    chapters = []
    for path in notebooks_in(_notebooks(store)):
        tell(f"running {path.name}")
        notebook = execute(path)
        chapters.append((f"{path.stem}.html", title_of(notebook), body_of(notebook)))
    tell("drawing the front page")
    links = [(name, title) for name, title, _ in chapters]
    manifest = _manifest(store)
    foot = _footer(manifest, store)
    (folder / "page.css").write_text(files(__package__).joinpath("assets", "page.css").read_text("utf-8"), "utf-8")
    (folder / "figures").mkdir()
    (folder / "index.html").write_text(
        _page("Children's services: ratings, gap, funds", _front(findings, folder, links), links, foot), "utf-8"
    )
    for name, title, body in chapters:
        (folder / name).write_text(_page(title, body, links, foot), "utf-8")
    (folder / "manifest.toml").write_text(tomli_w.dumps(manifest), "utf-8")


def _notebooks(store: Store) -> Path:
    """Return the folder of notebooks: beside the figures in a checkout, among them in an installed package."""
    beside = store.root.parent / "notebooks"
    return beside if beside.is_dir() else store.root / "notebooks"


def _front(findings: Findings, folder: Path, links: Iterable[tuple[str, str]]) -> str:
    ratings, gap, fund = answers(findings)
    sections = [
        _section("ratings", ratings, ratings_charts(findings), folder),
        _section("gap", gap, gap_charts(findings), folder),
        _section("fund", fund, fund_charts(findings), folder),
    ]
    chapters = "".join(f'<li><a href="{name}">{html.escape(title)}</a></li>' for name, title in links)
    return (
        "<h1>Children's services in England: ratings, the funding gap, and what a fund does about it</h1>"
        '<p class="lead">Three questions, answered from official figures for every upper-tier council. Every figure below is computed '
        "from the statistics named at the foot of the page, except the forecasts and the pledge, whose sources stand beside them.</p>"
        + _summary(ratings, gap, fund)
        + "".join(sections)
        + f"<h2>Read on</h2><ul>{chapters}</ul>"
    )


def _summary(ratings: Answer, gap: Answer, fund: Answer) -> str:
    """Return the three answers in a minute's reading, each leading to its evidence."""
    items = {"ratings": ratings, "gap": gap, "fund": fund}
    rows = [
        f'<dt><a href="#{anchor}">{html.escape(item.question)}</a></dt><dd>{html.escape(item.headline)}</dd>'
        for anchor, item in items.items()
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
        "projected-gap": figures.projected_gap(findings.trend, findings.windows),
    }


def fund_charts(findings: Findings) -> dict[str, Chart]:
    """Return the charts of the third answer, by file name."""
    gap = findings.forecasts["LGA 2017"].scenario.title
    return {"fund-beside-gap": figures.fund_beside_gap(findings.pledge, "Sector-led improvement pledge", gap)}


def _section(anchor: str, answer: Answer, charts: dict[str, Chart], folder: Path) -> str:
    evidence = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in answer.evidence)
    drawn = "".join(_figure(name, chart, folder) for name, chart in charts.items())
    return (
        f'<section class="answer" id="{anchor}"><h2>{html.escape(answer.question)}</h2>'
        f'<p class="headline">{html.escape(answer.headline)}</p><ul>{evidence}</ul>{drawn}'
        f'<p class="limit"><strong>What this does not say.</strong> {html.escape(answer.limit)}</p></section>'
    )


def _figure(name: str, chart: Chart, folder: Path) -> str:
    (folder / "figures" / f"{name}.svg").write_bytes(chart.svg())
    table = _table(chart.data)
    return (
        f'<figure><img src="figures/{name}.svg" alt="{html.escape(f"{chart.title}. {chart.alt}", quote=True)}">'
        f'<figcaption><details><summary>The figures behind this chart</summary><div class="scroll" tabindex="0" role="region" '
        f'aria-label="{html.escape(chart.title, quote=True)}: figures">{table}</div></details></figcaption></figure>'
    )


def _table(frame: pd.DataFrame) -> str:
    return str(
        frame.to_html(
            index=False, border=0, escape=True, float_format=lambda value: f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
        )
    )


def _page(title: str, body: str, links: Iterable[tuple[str, str]], foot: str) -> str:
    items = [("index.html", "Front page"), *links]
    nav = "".join(f'<li><a href="{name}">{html.escape(text)}</a></li>' for name, text in items)
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{html.escape(title)}</title><link rel="stylesheet" href="page.css"></head>'
        '<body><a class="skip" href="#main">Skip to the content</a>'
        f'<header><nav aria-label="Chapters"><ul>{nav}</ul></nav></header><main id="main">{body}</main>{foot}</body></html>\n'
    )


def _manifest(store: Store) -> dict[str, object]:
    """Return what the report was made from: hashes of the figures, versions of the software. There is no chance in it, so no seed."""
    inputs = {path.name: sha256(path) for path in sorted(store.processed.glob("*.csv"))}
    inputs |= {path.name: sha256(path) for path in sorted(store.raw.glob("*.toml"))}
    versions = {"fundgap": __version__, "python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
    return {"inputs": inputs, "versions": versions, "scenarios": ["lga-2016", "lga-2017", "trend"], "price_base": BASE_YEAR}


def _footer(manifest: dict[str, object], store: Store) -> str:
    table = sources(store)
    named = "; ".join(f"{row.publisher}, {row.title}" for row in table.itertuples())
    shown = html.escape(tomli_w.dumps(manifest))
    return (
        f"<footer><p>{_LICENCE}{html.escape(named)}.</p><details><summary>Manifest: what this page was made from</summary>"
        f"<pre>{shown}</pre></details></footer>"
    )
