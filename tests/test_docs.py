"""Documents say what is so: pages made by code are fresh, commands are run, links lead somewhere, numbers in prose have a source."""

import importlib.util
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import yaml

import fundgap as fg
from fundgap.story.readme import END, START

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
WRITTEN_BY_HAND = ("README.md", "CONTRIBUTING.md", "docs/first-ten-minutes.md", "docs/cookbook.md", "docs/rap.md")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])


def module(name: str) -> ModuleType:
    """Return a module of the folder docs, which is no package."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


module("run_page")
generate = module("generate")


def read(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


# Pages made and run by code --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", generate.PAGES)
def test_pages_made_by_code_are_fresh(page: str) -> None:
    assert (DOCS / page).read_text("utf-8") == generate.PAGES[page](), "The code or the register has moved: run `make docs`."


@pytest.mark.parametrize("page", generate.RUN)
def test_commands_of_a_page_print_what_stands_under_them(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    assert module("run_page").run_page(text) == text, "What a command prints has moved: run `make docs` and read what changed."


def test_a_page_whose_command_fails_is_found_out() -> None:
    run_page = module("run_page")
    with pytest.raises(run_page.PageError, match="exit code 2"):
        run_page.run_page("## A\n\n```sh\nfundgap gap --nope\n```\n")
    assert run_page.run_page("## A\n\n```python\nprint(2 + 2)\n```\n\n```text\n5\n```\n").endswith("```text\n4\n```\n")
    assert run_page.run_page("## A\n\n```sh not-run\nfundgap gap --nope\n```\n").endswith("--nope\n```\n")


def test_every_public_name_and_command_is_in_the_reference() -> None:
    api, commands = read("docs/api.md"), read("docs/cli.md")
    assert [name for name in fg.__all__ if not name.startswith("__") and f"\n### {name}\n" not in api] == []
    assert "\n## fundgap gap\n" in commands
    assert "0x" not in api  # No address of an object, which differs from run to run.


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/rap.md", "docs/data-notes.md", "docs/methods.md"])
def test_names_and_commands_told_of_are_there(page: str) -> None:
    text = read(page)
    names = set(re.findall(r"\bfg\.(\w+)", text)) | set(re.findall(r"`fundgap\.(\w+)\(", text))
    assert names <= set(fg.__all__)
    told = set(re.findall(r"`fundgap ([a-z]+)", text))
    assert told <= set(re.findall(r"^## fundgap (\w+)$", read("docs/cli.md"), re.MULTILINE))


def test_blocks_not_run_are_few_and_their_commands_exist() -> None:
    not_run = [line for page in generate.RUN for line in re.findall(r"^```(\w+ not-run)$", (DOCS / page).read_text("utf-8"), re.MULTILINE)]
    assert len(not_run) <= 3
    makefile = read("Makefile")
    assert "--nbval --nbval-current-env" in makefile
    for page in WRITTEN_BY_HAND:
        for target in re.findall(r"`make (\w+)", read(page)):
            assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), f"{page}: make {target}"


# Links -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    heads = {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in heads, target
        elif not target.startswith(("https://", "http://")):
            assert (page.parent / target.partition("#")[0]).exists(), target


# Conventions -----------------------------------------------------------------------------------------------------------

_CITATION_NEEDS = {"cff-version", "message", "title", "authors"}
_CITATION_MAY = {
    "type",
    "version",
    "date-released",
    "license",
    "keywords",
    "abstract",
    "repository-code",
    "url",
    "doi",
    "identifiers",
    "contact",
}


def test_the_citation_file_fits_its_schema() -> None:
    """The parts of the Citation File Format 1.2.0 that we use: required and known keys, authors as persons or entities, an ISO date."""
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert set(citation) >= _CITATION_NEEDS
    assert set(citation) <= _CITATION_NEEDS | _CITATION_MAY
    assert citation["type"] in ("software", "dataset")
    for author in citation["authors"]:
        assert set(author) <= {"name", "website", "email"} or {"family-names", "given-names"} & set(author)
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(citation["date-released"]))
    assert all(isinstance(word, str) for word in citation["keywords"])


def test_the_changelog_is_in_the_form_of_keep_a_changelog() -> None:
    heads = re.findall(r"^## (.+)$", read("CHANGELOG.md"), re.MULTILINE)
    assert all(re.fullmatch(r"\[Unreleased\]|\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", head) for head in heads), heads
    versions = [tuple(map(int, re.findall(r"\d+", head)[:3])) for head in heads if head != "[Unreleased]"]
    assert versions == sorted(versions, reverse=True)


def test_hooks_are_local_and_run_what_make_runs() -> None:
    repositories = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    hooks = repositories[0]["hooks"]
    assert {hook["id"] for hook in hooks} == {"ruff-check", "ruff-format", "mypy", "lint-imports"}
    assert all(hook["language"] == "system" and hook["entry"].startswith(".venv/bin/") for hook in hooks)


def workflow(name: str) -> dict[str, object]:
    # YAML 1.1 takes the key `on` for a truth value.
    content: dict[str, object] = yaml.load(read(f".github/workflows/{name}.yml"), Loader=yaml.BaseLoader)  # noqa: S506  # Strings only.
    return content


def steps_of(name: str) -> list[str]:
    jobs = workflow(name)["jobs"]
    assert isinstance(jobs, dict)
    return [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]


def test_the_workflows_run_what_anyone_can_run_and_may_only_read() -> None:
    assert ".ci/run" in steps_of("ci")
    assert any("fundgap fetch --check" in step for step in steps_of("releases"))
    assert "schedule" in workflow("releases")["on"]  # type: ignore[operator]
    assert all(workflow(name)["permissions"] == {"contents": "read"} for name in ("ci", "releases"))


def test_actions_of_others_are_named_by_commit() -> None:
    for path in sorted((ROOT / ".github/workflows").glob("*.yml")):
        used = re.findall(r"uses: (\S+)", path.read_text("utf-8"))
        assert used
        assert [action for action in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)] == [], path.name


def test_every_release_is_rated_with_a_reason() -> None:
    rated = generate.ratings()
    assert set(fg.sources()["id"]) <= set(rated)
    assert {entry["rating"] for entry in rated.values()} <= {"red", "amber", "green"}
    assert all(len(entry["why"]) > 20 for entry in rated.values())
    derived = [name for name in rated if "derived" in fg.sources().set_index("id").loc[name, "title"]]
    assert all(rated[name]["rating"] == "red" for name in derived)


def test_the_licence_of_the_figures_names_every_publisher_and_no_other() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", read("DATA_LICENCE.md"), re.MULTILINE)
    assert set(rows) - {"publisher"} == set(fg.sources()["publisher"])
    assert set(fg.sources()["licence"]) == {"Open Government Licence v3.0"}


# Numbers in prose ------------------------------------------------------------------------------------------------------


def prose(page: str) -> str:
    """Return what a person wrote: no blocks of code, nothing that the code put there, no names in code, no addresses."""
    text = read(page)
    if START in text:
        text = text[: text.index(START)] + text[text.index(END) :]
    for pattern in (r"^```.*?^```$", r"<!--.*?-->"):
        text = re.sub(pattern, " ", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`]*`|\]\([^)]*\)|https?://\S+", " ", text)


def last_year() -> str:
    return str(fg.council_years()["financial_year"].max())


def python_wanted() -> str:
    wanted = tomllib.loads(read("pyproject.toml"))["project"]["requires-python"]
    return f"Python {wanted.removeprefix('>=')} or newer"


# What a page says, made from the figures: it has to stand in the page word for word.
HELD: dict[str, list[Callable[[], str]]] = {
    "README.md": [
        lambda: f"each of the {len(fg.councils())} upper-tier councils",
        lambda: f"judgements from {fg.council_years()['financial_year'].min()} to {last_year()}",
        python_wanted,
    ],
    "CONTRIBUTING.md": [
        python_wanted,
    ],
    "docs/first-ten-minutes.md": [
        python_wanted,
    ],
    "docs/cookbook.md": [
        lambda: f"50 million over three years is {50 / 3:.1f} million a year",
    ],
}
# Numbers that are no figures, by page, and why.
NO_FIGURES: dict[str, dict[str, str]] = {
    "README.md": {
        r"intervals?|95%": "the level of the intervals, fixed by the models",
        r"\[0\d [a-z ]+|\[notebook 01": "the numbers of the notebooks, in their file names",
        r"Section 251": "the name of a return: of the Apprenticeships, Skills, Children and Learning Act 2009",
        r"Open Government Licence v3\.0": "the name of a licence",
    },
    "CONTRIBUTING.md": {
        r"80 to 250 lines|under about 30": "rules of the house",
        r"before 1\.0": "a version",
    },
    "docs/first-ten-minutes.md": {
        r"notebook 04": "a notebook's name",
    },
    "docs/rap.md": {
        r"9 September 2024 \(commit 2549256": "the version of the list",
        r"22 November 2026": "the day it was checked",
        r"PEP 8": "a name",
        r"notebook 04": "a notebook's name",
        r"Licence v3\.0": "the name of a licence",
    },
}


@pytest.mark.parametrize("page", WRITTEN_BY_HAND)
def test_numbers_in_prose_come_from_the_figures_or_are_none(page: str) -> None:
    text = re.sub(r"\s+", " ", prose(page))
    for sentence in (made() for made in HELD.get(page, [])):
        assert sentence in text, f"{page} should say: {sentence}"
        text = text.replace(sentence, " ")
    for pattern in NO_FIGURES.get(page, {}):
        text, count = re.subn(pattern, " ", text)
        assert count, f"{page}: nothing is left that '{pattern}' excuses"
    left = re.findall(r".{0,40}\d[\d,.%]*.{0,20}", text)
    assert left == [], f"{page}: numbers that nothing holds; add them to HELD (made from the figures) or, with a reason, to NO_FIGURES"
