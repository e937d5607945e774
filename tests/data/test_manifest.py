"""Built tables are used only if they are what was built, of the raw figures as they are; and a build stands on one state of them."""

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import layouts
import pytest

from fundgap.data import manifest
from fundgap.data.manifest import write_built
from fundgap.data.panel import build, council_years, inspections
from fundgap.data.store import Store, sha256
from fundgap.errors import BadFigures, FundgapError, NoData


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return the committed figures with tables built from them, to be copied."""
    store = Store(shutil.copytree(layouts.DATA, tmp_path_factory.mktemp("whole") / "data"))
    build(store.raw, store.processed)
    return store


@pytest.fixture
def built(whole: Store, tmp_path: Path) -> Store:
    return Store(shutil.copytree(whole.root, tmp_path / "built"))


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(("file", "read"), [("council_years.csv", council_years), ("inspections.csv", inspections)])
@pytest.mark.parametrize("share", [0.0, 0.37, 0.999])
def test_one_flipped_bit_in_a_built_table_is_refused_with_the_file_and_the_way_out(
    built: Store, file: str, read: Callable[[Store], object], share: float
) -> None:
    read(built)
    path = built.processed / file
    flip(path, int(share * path.stat().st_size))
    with pytest.raises(BadFigures) as caught:
        read(built)
    assert all(part in str(caught.value) for part in (str(path), "changed or damaged", "manifest.toml", "`fundgap build`"))


def test_a_build_mends_a_damaged_table(built: Store) -> None:
    path = built.processed / "council_years.csv"
    whole = path.read_bytes()
    flip(path, len(whole) // 2)
    build(built.raw, built.processed)
    assert path.read_bytes() == whole
    council_years(built)


def test_a_table_cut_short_between_two_lines_is_refused(built: Store) -> None:
    path = built.processed / "council_years.csv"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(BadFigures, match="changed or damaged"):
        council_years(built)


@pytest.mark.parametrize("file", ["spend.csv", "councils.csv", "sources.toml"])
def test_raw_figures_changed_since_the_build_are_named_and_a_build_mends_it(built: Store, file: str) -> None:
    path = built.raw / file
    header, *lines = path.read_bytes().splitlines(keepends=True)
    # The same rows in another order, or a remark: nothing that says more or less, but nobody can know that without building.
    path.write_bytes(header + (b"".join(lines) + b"# a remark\n" if file == "sources.toml" else b"".join(lines[::-1])))
    with pytest.raises(BadFigures) as caught:
        inspections(built)
    assert [fault.where for fault in caught.value.faults] == [str(path)]
    assert "changed since the build" in str(caught.value)
    build(built.raw, built.processed)
    inspections(built)


def test_a_new_raw_table_and_one_that_is_gone_are_changes_too(built: Store) -> None:
    (built.raw / "new.csv").write_text("a\n1\n", "utf-8")
    (built.raw / "known_differences.csv").unlink()
    with pytest.raises(BadFigures) as caught:
        council_years(built)
    assert [Path(fault.where).name for fault in caught.value.faults] == ["known_differences.csv", "new.csv"]


def test_registers_that_no_table_is_built_from_may_change_without_a_build(built: Store) -> None:
    path = built.raw / "funds.toml"
    path.write_text(path.read_text("utf-8") + "# a remark\n", "utf-8")
    assert len(council_years(built))
    assert "funds.toml" not in tomllib.loads((built.processed / "manifest.toml").read_text("utf-8"))["raw"]


@pytest.mark.parametrize("file", ["manifest.toml", "council_years.csv"])
def test_a_table_or_manifest_that_is_not_there_is_named(built: Store, file: str) -> None:
    (built.processed / file).unlink()
    with pytest.raises(NoData, match=rf"{file} is not there.*fundgap build"):
        council_years(built)


def test_no_damage_to_the_manifest_goes_unnoticed_or_breaks_the_reading(built: Store) -> None:
    path = built.processed / "manifest.toml"
    content, heading = path.read_bytes(), path.read_bytes().index(b"[raw]")
    for at in range(heading, len(content), 97):
        flip(path, at)
        for read in (council_years, inspections):
            # A bit in the other table's hash is the other table's fault.
            try:
                read(built)
            except FundgapError:
                break
        else:
            # Only a hash of what is not read here, a data dictionary's, may be wrong without harm.
            start = content.rindex(b"\n", 0, at) + 1
            assert b".meta.csv" in content[start : content.index(b"\n", at)], content[start:at]
        path.write_bytes(content)


def test_reading_writes_nothing(built: Store) -> None:
    before = {path: (path.stat().st_mtime_ns, path.is_dir()) for path in built.root.rglob("*")}
    council_years(built)
    inspections(built)
    assert {path: (path.stat().st_mtime_ns, path.is_dir()) for path in built.root.rglob("*")} == before


def test_a_reader_who_comes_while_a_build_puts_its_files_in_place_gets_the_new_tables(built: Store) -> None:
    """As if a build was killed, or is at work, after the first of its files: the rest is staged."""
    staged, old = built.processed / ".staged", (built.processed / "council_years.csv").read_bytes()
    (built.raw / "children.csv").write_bytes(b"".join(_without_last(built.raw / "children.csv")))
    elsewhere = built.root / "elsewhere"
    build(built.raw, elsewhere)
    names = sorted(path.name for path in elsewhere.glob("[a-z]*"))
    staged.mkdir()
    for number, name in enumerate(names):
        shutil.copyfile(elsewhere / name, built.processed / name if number == 0 else staged / str(number))
    (staged / "plan.json").write_text(str(names).replace("'", '"'), "utf-8")
    assert names[0] == "council_years.csv"
    assert len(council_years(built))
    assert not staged.exists()
    assert (built.processed / "council_years.csv").read_bytes() != old


def _without_last(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)[:-1]


# A build on one state ------------------------------------------------------------------------------------------------------


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "a.csv").write_text("old", "utf-8")
    return folder


def test_a_build_during_which_the_raw_figures_change_is_done_again(raw: Path, tmp_path: Path) -> None:
    seen = []

    def work() -> dict[str, str]:
        seen.append((raw / "a.csv").read_text("utf-8"))
        (raw / "a.csv").write_text("new", "utf-8")
        return {"out.csv": seen[-1]}

    assert write_built(raw, tmp_path / "out", work) == ["out.csv", "manifest.toml"]
    assert seen == ["old", "new"]
    assert (tmp_path / "out" / "out.csv").read_text("utf-8") == "new"
    assert tomllib.loads((tmp_path / "out" / "manifest.toml").read_text("utf-8"))["raw"] == {"a.csv": sha256(raw / "a.csv")}


def test_a_fault_found_in_half_of_an_ingest_is_not_told_and_one_in_the_whole_is(raw: Path, tmp_path: Path) -> None:
    def work() -> dict[str, str]:
        if (raw / "a.csv").read_text("utf-8") == "old":
            (raw / "a.csv").write_text("new", "utf-8")
            raise KeyError("half")
        raise NoData("whole")

    with pytest.raises(NoData, match="whole"):
        write_built(raw, tmp_path / "out", work)
    assert not (tmp_path / "out").exists()


def test_a_build_of_older_figures_does_not_replace_one_of_newer(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, real, rounds = tmp_path / "out", manifest.write_all, []

    def overtaken(folder: Path, texts: dict[str, str], **options: object) -> None:
        """Let an ingest and its build finish just before the first writing."""
        rounds.append(texts["out.csv"])
        if len(rounds) == 1:
            (raw / "a.csv").write_text("new", "utf-8")
            real(out, {"out.csv": "new"})
        real(folder, texts, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(manifest, "write_all", overtaken)
    write_built(raw, out, lambda: {"out.csv": (raw / "a.csv").read_text("utf-8")})
    assert rounds == ["old", "new"]
    assert (out / "out.csv").read_text("utf-8") == "new"
