"""How pages are made: tables that read well, links that lead to pages, seeds told, notebooks run in order."""

import html
import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from words_outside import words_outside

from fundgap.data.store import default_store
from fundgap.errors import NoData
from fundgap.story import manifest
from fundgap.story.assumption_words import value_in_words
from fundgap.story.chapters import chapter, from_markdown, notebooks_in, seeds_of
from fundgap.story.chart import Chart, blank, finish, small_multiples
from fundgap.story.execution import FailedNotebook, executing
from fundgap.story.figure_page import KIND, bundle, figure, files
from fundgap.story.markup import own_links, tidy_tables
from fundgap.story.page import footer, page
from fundgap.story.phone import for_a_phone
from fundgap.story.table_looks import is_number

ROOT = Path(__file__).resolve().parents[2]
# Points that are small print on a phone; dots that rounding may take.
SMALL_PRINT, A_DOT = 8.0, 1.0


def tidied(frame: pd.DataFrame, **options: Any) -> str:
    return tidy_tables(frame.to_html(border=0, **options), lambda own, heads: "Table 1 words")


@pytest.mark.parametrize(
    "text",
    [
        "1,234",
        "-0.4%",
        "£4.5bn",
        "+25.5 (+10.7 to +42.4)",
        "892 to 2,021",
        "0.33",
        "< 0.001",
        "18% (2% to 46%)",
        "12",
        "1e-05",
        "£1,234*",
        "19: 70% (52 to 84)",
        "up to 0.6% (0.3% to 2.4%)",
        "51% (28% to all)",
        "8.5 (5.2 to not reached)",
        "£2.11bn to no finite sum",
    ],
)
def test_a_figure_is_known_by_its_look(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Leeds",
        "2016-17",
        "2012-13 to 2024-25",
        "2016",
        "e2454c653b28",
        "2018 to 2025",
        "SIF",
        "CR1 by council",
        "all",
        "not reached (not reached to not reached)",
        "up to",
        "not known for 2023-24; 2024-25",
    ],
)
def test_a_name_or_a_year_is_no_figure(text: str) -> None:
    assert not is_number(text)


def test_columns_of_figures_go_right_and_columns_of_words_left() -> None:
    made = tidied(pd.DataFrame({"council": ["Leeds", "Kent"], "spend": ["1,234", ""], "why": ["a" * 50, "b"]}), index=False)
    assert '<th scope="col" class="number">spend</th>' in made
    assert '<td class="number">1,234</td>' in made
    assert '<th scope="row" class="short">Leeds</th>' in made
    assert '<td class="long">b</td>' in made
    assert "<caption><span>Table 1 words</span></caption>" in made
    assert 'role="group" aria-label="Table 1 words"' in made
    assert "text-align" not in made


def test_the_two_header_rows_of_a_named_index_become_one() -> None:
    frame = pd.DataFrame({"councils": [2, 3]}, index=pd.Index(["2016-17", "2017-18"], name="year"))
    made = tidied(frame)
    assert made.count("<tr>") == 3
    assert '<th scope="col" class="short">year</th><th scope="col" class="number">councils</th>' in made


def test_a_table_of_counts_by_two_names_has_one_header_row() -> None:
    frame = pd.crosstab(pd.Series(["trend", "reform"], name="scenario"), pd.Series(["red", "amber"], name="quality"))
    made = tidied(frame)
    assert made.count("<tr>") == 3
    assert '<th scope="col" class="short">scenario, by quality</th><th scope="col" class="number">amber</th>' in made


def test_rows_are_named_by_their_first_column_and_not_by_a_frames_own_count() -> None:
    counted = tidied(pd.DataFrame({"council_name": ["Leeds", "Kent"], "gross_spend_gbp": ["1.5", "2.5"]}))
    assert re.findall(r"<th[^>]*>([^<]*)</th>", counted) == ["council name", "gross spend, £", "Leeds", "Kent"]
    tenths = tidied(pd.DataFrame({"tenth": ["1", "2"], "share": ["12%", "13%"]}), index=False)
    assert '<th scope="row" class="short">1</th><td class="number">12%</td>' in tenths
    measured = tidied(pd.DataFrame({"x": ["0.5", "0.7"], "y": ["1", "2"]}), index=False)
    assert '<td class="number">0.5</td>' in measured


def test_no_line_breaks_in_a_year_and_words_among_figures_may_break() -> None:
    made = tidied(pd.DataFrame({"fund": ["a", "b", "c"], "£m": ["1.0", "2.0", "not known for 2023-24"]}), index=False)
    assert '<td class="number" data-words>not known for <span class="whole">2023-24</span></td>' in made
    assert '<td class="number">1.0</td>' in made


@pytest.mark.parametrize(("columns", "small"), [(5, False), (14, True)])
def test_a_table_of_many_columns_is_set_smaller(columns: int, small: bool) -> None:
    frame = pd.DataFrame({f"c{place}": ["1,234.5"] for place in range(columns)})
    assert ('<table class="many">' in tidied(frame, index=False)) is small


def test_a_table_with_joined_cells_keeps_every_one_of_them() -> None:
    frame = pd.DataFrame({("a", "x"): [1], ("a", "y"): [2], ("b", "x"): [3]})
    made = tidied(frame)
    assert 'colspan="2"' in made
    assert re.findall(r">(\d)</td>", made) == ["1", "2", "3"]


def test_what_is_around_a_table_and_in_its_cells_stays_as_it_was() -> None:
    markup = "<p>a &amp; b &#163;<br>c</p><table><tr><th>k</th></tr><tr><td><code>x &lt; y</code><br>z</td></tr></table><p>after</p>"
    made = tidy_tables(markup, lambda own, heads: "")
    assert made.startswith("<p>a &amp; b &#163;<br>c</p>")
    assert "<code>x &lt; y</code><br>z" in made
    assert made.endswith("<p>after</p>")


def test_links_to_notebooks_and_documents_lead_to_the_pages() -> None:
    pages = {"03_ratings": "03_ratings.html", "data-notes": "data-notes.html"}
    led = {"../notebooks/03_ratings.ipynb#x": "03_ratings.html#x", "data-notes.md": "data-notes.html"}
    kept = ["https://a.b/data-notes.md", "no.md", "#data-notes.md"]
    for link, page_link in (led | dict(zip(kept, kept, strict=True))).items():
        assert own_links(f'<a href="{link}">', pages) == f'<a href="{page_link}">'


def test_a_document_becomes_a_page_with_sections_and_numbered_tables() -> None:
    made = from_markdown("notes", "# Notes\n\nLead.\n\n## One & two\n\n| a | b |\n|---|---|\n| x | 1.5 |\n\n## One & two\n\nAgain.")
    assert made.title == "Notes"
    assert [anchor for anchor, _ in made.sections] == ["one-two", "one-two-2"]
    assert '<div class="opening"><p>Lead.</p>' in made.body
    assert '<span class="label">Table 1</span> One &amp; two' in made.body
    assert "¶" not in made.body


def test_seeds_are_read_from_the_code_and_not_from_its_words() -> None:
    cells = [
        {"cell_type": "markdown", "source": "seed=1"},
        {"cell_type": "code", "source": ["f(seed=2016)\n", "g(x, seed=7)  # seed=3\n", "f(seed=2016)"]},
    ]
    assert seeds_of({"cells": cells}) == [2016, 7]


def test_a_manifest_has_the_seeds_of_each_chapter_and_says_so_in_words() -> None:
    one = chapter(
        "09_x", {"cells": [{"cell_type": "markdown", "source": "# 9. X"}, {"cell_type": "code", "source": "f(seed=5)", "outputs": []}]}
    )
    made_from = manifest.manifest(default_store(), [one])
    assert made_from["seeds"] == {"09_x": [5]}
    assert "09_x: 5" in manifest.shown(made_from)
    assert "no chance in it" in manifest.shown(made_from | {"seeds": {}})


@pytest.fixture
def chart() -> Chart:
    drawn, axes = blank()
    axes.plot([1, 2], [3, 4])
    data = pd.DataFrame({"financial_year": ["2016-17", "2017-18"], "spend_gbp": [1234567.0, 0.25], "is_low": [True, False]})
    return finish(drawn, title="A < B", subtitle="£, cash", source="DfE", alt="It rises.", data=data)


def test_a_chart_is_handed_on_with_its_words_as_text_and_without_them_in_the_picture(chart: Chart) -> None:
    whole = chart.svg()
    made = bundle(chart)
    assert made["picture"].encode() != whole
    assert len(made["picture"]) < len(whole)
    assert chart.svg() == whole
    shown = figure(made, "09_x-1", "Figure 9.1")
    assert "A &lt; B" in shown
    assert 'alt="A &lt; B. It rises."' in shown
    assert re.findall(r'<th scope="col"[^>]*>([^<]*)<', shown) == ["financial year", "spend, £", "is low"]
    assert "1,234,567" in shown
    assert files(made, "09_x-1")["figures/09_x-1.csv"] == b"financial_year,spend_gbp,is_low\n2016-17,1234567.0,True\n2017-18,0.25,False\n"


def test_wide_words_are_folded_before_they_run_out_of_the_picture() -> None:
    drawn, _ = blank((8.0, 3.6))
    data = pd.DataFrame({"x": [1]})
    wide = finish(drawn, title="A", subtitle="WOMEN AND MEN " * 16, source="MMMM WWWW " * 16, alt="A.", data=data)
    assert words_outside(wide) == []
    assert wide.subtitle == "WOMEN AND MEN " * 16
    narrow, _ = blank((8.0, 3.6))
    narrow.text(0.95, 0.5, "too far to the right")
    assert words_outside(finish(narrow, title="A", subtitle="b", source="c", alt="A.", data=data)) == ["too far to the right"]


def test_a_chart_handed_on_by_a_notebook_is_numbered_after_its_chapter(chart: Chart) -> None:
    output = {"output_type": "execute_result", "data": {KIND: json.loads(json.dumps(bundle(chart))), "text/plain": ["Chart"]}}
    cells = [{"cell_type": "markdown", "source": "# 9. X"}, {"cell_type": "code", "source": "chart", "outputs": [output, output]}]
    made = chapter("09_x", {"cells": cells})
    assert re.findall(r'class="label">(Figure [^<]*)<', made.body) == ["Figure 9.1", "Figure 9.2"]
    assert set(made.files) == {f"figures/09_x-{number}{kind}" for number in (1, 2) for kind in (".svg", "-phone.svg", ".csv")}


def test_a_chart_is_drawn_again_for_a_phone_with_its_legend_below_and_no_two_labels_touching() -> None:
    drawn, axes = blank()
    axes.plot([f"{year}-{year % 100 + 1}" for year in range(2010, 2025)], range(15), label="spent")
    axes.legend(loc="upper left")
    made = finish(drawn, title="A", subtitle="B", source="C", alt="D", data=pd.DataFrame({"a": [1]}))
    before = made.svg()
    narrow = for_a_phone(drawn)
    assert narrow is not None
    renderer = FigureCanvasAgg(narrow).get_renderer()  # type: ignore[no-untyped-call]
    labels = [one.get_window_extent(renderer) for one in narrow.axes[0].get_xticklabels() if one.get_visible()]
    assert len(labels) >= 4
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(labels))
    assert narrow.axes[0].get_legend().get_window_extent(renderer).y1 < min(box.y0 for box in labels)
    # The chart itself stays as it was.
    assert replace(made, figure=drawn).svg() == before


def test_a_chart_whose_words_would_cover_each_other_is_not_squeezed_onto_a_phone() -> None:
    drawn, axes = blank()
    axes.bar(["Northamptonshire", "Northumberland", "Buckinghamshire", "Nottinghamshire", "Gloucestershire"], range(1, 6))
    axes.tick_params(axis="x", labelsize=7)
    assert for_a_phone(drawn) is None


def test_on_a_phone_words_are_in_lines_large_enough_and_inside_the_picture() -> None:
    drawn, axes = blank()
    axes.barh(["the number of children looked after", "the cost of each child"], [1, 2], label="a share of the whole change in spend")
    axes.text(2, 1, "beyond the marks", fontsize=7)
    axes.set_xlabel("A measure that takes many words to say, over all of the councils and in the prices of 2024-25")
    axes.legend()
    narrow = for_a_phone(drawn)
    assert narrow is not None
    (narrow_axes,) = narrow.axes
    renderer = FigureCanvasAgg(narrow).get_renderer()
    words = [*narrow_axes.texts, *narrow_axes.get_yticklabels(), narrow_axes.xaxis.label, *narrow_axes.get_legend().get_texts()]
    for text in words:
        assert text.get_fontsize() >= SMALL_PRINT
        box = text.get_window_extent(renderer)
        assert -A_DOT < box.x0 < box.x1 < narrow.bbox.width + A_DOT, text.get_text()
    assert narrow_axes.get_yticklabels()[0].get_text().split("\n") == ["the number of", "children looked", "after"]


def test_a_chart_of_several_panels_is_not_squeezed_onto_a_phone() -> None:
    drawn, _ = small_multiples(2, 2, (8.5, 4.0))
    assert for_a_phone(drawn) is None


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        ("0.02", "fraction a year", "2.0% a year"),
        ("-0.02 (looked after only)", "fraction a year, real", "-2.0% a year (looked after only)<br>(real)"),
        (
            "2016-17: 11,100,000,000; 2017-18: 11,466,666,667",
            "£, cash, England",
            "2016-17: £11.10bn<br>2017-18: £11.47bn<br>(cash, England)",
        ),
        ("estimated from the last 5 years of the panel", "fraction a year, real", "estimated from the last 5 years of the panel<br>(real)"),
    ],
)
def test_an_assumption_is_said_as_people_say_it(value: str, unit: str, words: str) -> None:
    assert value_in_words(value, unit) == words


def test_names_are_escaped_on_every_page() -> None:
    bad = "<script>alert(1)</script>"
    one = from_markdown("x", "# x")
    one.title = bad
    assert bad not in page(one, {bad: [one]}, footer([bad], ""))
    assert html.escape(bad) in page(one, {bad: [one]}, "")


def notebook(folder: Path, name: str, source: str) -> Path:
    cells = [nbformat.v4.new_markdown_cell(f"# {name}"), nbformat.v4.new_code_cell(source)]
    path = folder / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_notebooks_are_run_side_by_side_and_come_back_in_their_order(tmp_path: Path) -> None:
    slow = "import os, pathlib, time\nwhile not pathlib.Path('told').exists(): time.sleep(0.05)\nos.getpid()"
    paths = [notebook(tmp_path, "01_slow", slow), notebook(tmp_path, "02_quick", "open('told', 'w').close()\n'quick'")]
    told: list[str] = []
    with executing(paths, told.append) as done:
        first, second = done()
    assert first["cells"][1]["outputs"][0]["data"]["text/plain"][0].isdigit()
    assert second["cells"][1]["outputs"][0]["data"]["text/plain"] == ["'quick'"]
    assert len(first["cells"]) == 2
    # The slow one waits for a file that the quick one writes: one after the other they would never end.
    assert told[:2] == ["running 01_slow.ipynb", "running 02_quick.ipynb"]
    assert sorted(told[2:]) == ["01_slow.ipynb is done", "02_quick.ipynb is done"]


def test_a_notebook_that_fails_stops_the_others_and_names_its_error(tmp_path: Path) -> None:
    paths = [notebook(tmp_path, "01_bad", "1 / 0"), notebook(tmp_path, "02_long", "import time; time.sleep(600)")]
    with pytest.raises(FailedNotebook, match=r"01_bad.ipynb stopped[\s\S]*ZeroDivisionError"), executing(paths) as done:
        done()


def test_a_folder_without_chapters_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="No notebooks"):
        notebooks_in(tmp_path)


def test_the_page_of_methods_holds_no_figure_that_could_drift() -> None:
    text = (ROOT / "docs/methods.md").read_text("utf-8")
    prose = re.sub(r"\]\([^)]*\)", "]", text)
    # Years of publications, chapters, the level of intervals, the step of the odds ratios, and names with a digit in them (HC1, run 0).
    known = re.compile(r"\b(19|20)\d\d\b|\[Chapter \d\]|\b95%|£100\b|HC1|CR[13]|Run 0|`lme4`")
    assert re.findall(r"\S*\d\S*", known.sub("", prose)) == []
