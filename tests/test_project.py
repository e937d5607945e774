"""The project's own promises: one list of packages, a clean lock, a light import, a wheel that answers by itself."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import fundgap
from fundgap.story.findings import Findings
from fundgap.story.readme import PICTURE, block, picture

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# Names that differ on conda-forge.
CONDA = {"matplotlib-base": "matplotlib", "pandera-pandas": "pandera[pandas]"}
# Importing the library may cost half as much again as importing pandas alone.
IMPORT_RATIO = 1.5


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def wanted_packages() -> set[str]:
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    return {*project["dependencies"], *extras["notebooks"], *extras["dev"]}


def test_environment_yml_names_the_packages_of_pyproject_with_the_same_bounds() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    plain = [item for item in environment["dependencies"] if isinstance(item, str) and item != "pip"]
    from_pip = next(item["pip"] for item in environment["dependencies"] if isinstance(item, dict))
    python = next(item for item in plain if item.startswith("python>"))
    assert python.removeprefix("python") == PYPROJECT["project"]["requires-python"]
    named = [re.sub(r"^[a-z0-9-]+", lambda match: CONDA.get(match[0], match[0]), item) for item in plain if item != python]
    assert {*named, *from_pip} == wanted_packages()


def test_the_lock_pins_and_hashes_every_wanted_package_and_names_no_index() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    pins = set(re.findall(r"^([a-z0-9._-]+)==", text, flags=re.MULTILINE))
    names = {
        re.split(r"[\[>=]", package)[0] for package in wanted_packages() | set(PYPROJECT["project"]["optional-dependencies"]["cluster"])
    }
    assert names <= pins
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert all("--hash=sha256:" in entry for entry in blocks if "==" in entry)
    assert not re.search(r"https?://|--index|--find-links|file:", text)


def test_nothing_in_the_repository_names_this_machine_or_a_private_registry() -> None:
    strange = re.compile(rb"/(?:work|root|tmp)/|/home/\w+|pypi-more|files\.pythonhosted|file:///")
    checked = [path for path in tracked() if path != Path(__file__).resolve()]
    assert len(checked) > 50
    assert [str(path.relative_to(ROOT)) for path in checked if strange.search(path.read_bytes())] == []


def test_version_is_the_same_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == fundgap.__version__
    assert f"## [{fundgap.__version__}] - {citation['date-released']}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_every_public_name_is_there_and_documented() -> None:
    for name in fundgap.__all__:
        assert getattr(fundgap, name) is not None, name
        if name != "__version__":
            assert getattr(fundgap, name).__doc__, name


def test_readme_says_what_the_figures_say(findings: Findings) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert block(findings) in text, "The figures have moved: run `make readme` and read what changed."


def test_readme_picture_is_drawn_from_the_figures(findings: Findings) -> None:
    assert (ROOT / PICTURE).read_bytes() == picture(findings).svg(), "The figures or the style have moved: run `make readme`."


def test_readme_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", (ROOT / "README.md").read_text("utf-8"), flags=re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def import_seconds(module: str) -> float:
    code = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
    return min(float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout) for _ in range(3))


def test_importing_fundgap_costs_at_most_half_as_much_again_as_pandas() -> None:
    assert import_seconds("fundgap") <= IMPORT_RATIO * import_seconds("pandas")


def test_importing_fundgap_imports_neither_statsmodels_nor_matplotlib() -> None:
    code = "import sys, fundgap; dir(fundgap); print(sorted({'statsmodels', 'matplotlib', 'pandera', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and unpacked where no checkout is in sight."""
    folder = tmp_path_factory.mktemp("wheel")
    run = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(run, cwd=ROOT, check=True, capture_output=True)
    wheel = next(folder.glob("*.whl"))
    target = folder / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target), str(wheel)],
        check=True,
        capture_output=True,
    )
    return target


def run_installed(installed: Path, code: str, folder: Path) -> str:
    script = f"import sys; sys.path.insert(0, {str(installed)!r})\n{code}"
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_wheel_answers_in_an_empty_directory(installed: Path, tmp_path: Path) -> None:
    code = (
        "import fundgap as fg\n"
        "gap = fg.project_gap(fg.council_years(), fg.scenario('lga-2017'))\n"
        "print(fg.__file__.startswith(sys.path[0]), round(gap.england['gap_gbp'].iloc[-1]), len(fg.inspections()), len(fg.sources()))"
    )
    judgements = len((ROOT / "data/processed/inspections.csv").read_text("utf-8").splitlines()) - 1
    register = tomllib.loads((ROOT / "data/raw/sources.toml").read_text("utf-8"))
    releases = sum("sha256" in entry for entry in register.values())
    assert run_installed(installed, code, tmp_path) == f"True 2000000000 {judgements} {releases}"
    assert list(tmp_path.iterdir()) == []


def test_the_wheel_has_its_command_line_notebooks_and_licences(installed: Path, tmp_path: Path) -> None:
    helped = run_installed(installed, "sys.argv = ['fundgap', '--help']\nfrom fundgap.cli import main\nmain()", tmp_path)
    assert "ingest" in helped
    assert len(list((installed / "fundgap/figures/notebooks").glob("*.ipynb"))) == len(list((ROOT / "notebooks").glob("*.ipynb")))
    assert {path.name for path in (installed / "fundgap/figures/docs").iterdir()} == {"data-notes.md", "methods.md"}
    assert {path.name for path in installed.glob("fundgap-*.dist-info/licenses/*")} == {"LICENSE", "DATA_LICENCE.md"}
