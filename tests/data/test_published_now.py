"""`fundgap fetch --check`: unchanged only where the very file was seen; offline is never "all fine"; nothing is taken in."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import layouts
import pytest
from publisher import CERTIFICATE, Publisher, serving
from typer.testing import CliRunner

from fundgap.cli import app
from fundgap.data import download
from fundgap.data.published_now import check_releases
from fundgap.data.sources import Release, read_register, register_text
from fundgap.data.store import Store, sha256
from fundgap.errors import UnknownRelease

HELD = b"the file that was taken in"
DONE, CHANGED, UNCHECKED, USAGE = 0, 1, 3, 2


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setenv("FUNDGAP_CACHE", str(tmp_path / "cache"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    with serving() as publisher:
        yield publisher


@pytest.fixture
def held(bare_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return a store whose register holds nothing but what a test puts there, and which the command uses."""
    (bare_store.raw / "sources.toml").write_text("", "utf-8")
    monkeypatch.setenv("FUNDGAP_DATA", str(bare_store.root))
    (tmp_path / "held").write_bytes(HELD)
    return bare_store


def on_record(store: Store, name: str, *, digest: str, **how: str) -> None:
    words = {
        "title": name,
        "publisher": "P",
        "licence": "OGL",
        "url": f"https://landing.example/{name}",
        "period": "2024",
        "reader": "deflator",
    }
    release = Release(id=name, file=f"{name}.csv", sha256=digest, size_bytes=len(HELD), **words, **how)  # type: ignore[arg-type]
    (store.raw / "sources.toml").write_text(register_text(read_register(store) | {name: release}), "utf-8", newline="\n")


def published(publisher: Publisher, store: Store, name: str, body: bytes, tmp_path: Path, **how: object) -> None:
    """Serve a body for a release of which HELD was taken in."""
    publisher.put(f"/{name}.csv", body, **how)
    on_record(store, name, digest=sha256(tmp_path / "held"), download=publisher.address(f"/{name}.csv"))


def outcomes(store: Store) -> dict[str, str]:
    found = check_releases(store=store)
    return dict(zip(found["id"], found["outcome"], strict=True))


def test_only_the_same_bytes_are_unchanged_whatever_the_server_says_of_them(publisher: Publisher, held: Store, tmp_path: Path) -> None:
    same_size = HELD.replace(b"taken", b"given")
    assert len(same_size) == len(HELD)
    published(publisher, held, "same", HELD, tmp_path, headers={"ETag": '"another"'})
    published(publisher, held, "revised", same_size, tmp_path, headers={"ETag": '"one"'})
    on_record(held, "by-hand", digest="0" * 64)
    on_record(held, "coming", digest="", download=publisher.address("/coming.csv"))
    assert outcomes(held) == {"same": "unchanged", "revised": "changed", "by-hand": "no address", "coming": "not held"}
    row = check_releases("revised", held).iloc[0]
    assert (row["bytes_on_record"], row["bytes_published"]) == (len(HELD), len(HELD))
    assert "https://landing.example/revised" in row["detail"]


def test_it_writes_nothing_and_leaves_a_download_that_was_cut_off_alone(publisher: Publisher, held: Store, tmp_path: Path) -> None:
    part = tmp_path / "cache" / "same" / "received"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"part")
    published(publisher, held, "same", HELD, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    check_releases(store=held)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert publisher.ranges_asked() == [""]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"status": 404}, "404 Not Found"),
        ({"stops_after": 5}, "broke off"),
        ({"length": 999_999_999_999}, "at most"),
        ({"says_length": False}, "does not say how long"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1/x.csv"}}, "only https is followed"),
    ],
)
def test_a_file_that_cannot_be_had_whole_is_neither_changed_nor_unchanged(
    publisher: Publisher, held: Store, tmp_path: Path, how: dict[str, object], expected: str
) -> None:
    published(publisher, held, "prices", HELD, tmp_path, **how)
    row = check_releases("prices", held).iloc[0]
    assert row["outcome"] == "not checked"
    assert expected in row["detail"]


def test_a_web_page_in_the_place_of_the_file_is_no_revision(publisher: Publisher, held: Store, tmp_path: Path) -> None:
    published(publisher, held, "prices", b"\n<!DOCTYPE html><p>We have moved", tmp_path)
    row = check_releases("prices", held).iloc[0]
    assert row["outcome"] == "not checked"
    assert "a web page stands there" in row["detail"]


def test_a_download_is_capped(publisher: Publisher, held: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MAX_FILE_BYTES", len(HELD) - 1)
    published(publisher, held, "prices", HELD, tmp_path, is_chunked=True)
    assert outcomes(held) == {"prices": "not checked"}


def test_a_release_not_on_the_register_is_told(held: Store) -> None:
    with pytest.raises(UnknownRelease, match="'nope' is not in sources"):
        check_releases("nope", held)


# At the command line ---------------------------------------------------------------------------------------------------


def check(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["fetch", "--check", *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_all_unchanged_is_exit_code_0_and_says_what_could_not_be_asked(publisher: Publisher, held: Store, tmp_path: Path) -> None:
    published(publisher, held, "same", HELD, tmp_path)
    on_record(held, "by-hand", digest="0" * 64)
    code, said, told = check()
    assert (code, told) == (DONE, "")
    assert said.splitlines()[1].split()[:2] == ["same", "unchanged"]
    assert "1 more releases have no address on record" in said


def test_a_change_is_exit_code_1_also_where_another_could_not_be_checked(publisher: Publisher, held: Store, tmp_path: Path) -> None:
    published(publisher, held, "revised", b"new", tmp_path)
    published(publisher, held, "gone", b"", tmp_path, status=410)
    code, said, told = check("--json")
    assert code == CHANGED
    assert [row["outcome"] for row in json.loads(said)] == ["changed", "not checked"]
    assert told.count("fundgap: ") == 2
    assert check("revised", "--csv")[0] == CHANGED
    assert check("gone")[0] == UNCHECKED


def test_offline_is_one_clear_error_a_source_and_never_all_fine(
    held: Store, publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*args: object, **kwargs: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    for name in ("one", "two"):
        published(publisher, held, name, HELD, tmp_path)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(socket, "create_connection", unknown)
    code, said, told = check()
    assert code == UNCHECKED
    assert "unchanged" not in said
    lines = told.splitlines()
    assert [line.split(" could not be checked. ")[0] for line in lines] == ["fundgap: one", "fundgap: two"]
    assert all("no connection" in line for line in lines)


def test_a_release_without_an_address_that_is_asked_for_by_name_is_not_called_fine(held: Store) -> None:
    on_record(held, "by-hand", digest="0" * 64)
    code, said, _ = check("by-hand")
    assert code == UNCHECKED
    assert "no address" in said


@pytest.mark.parametrize("wrong", [("--dry-run",), ("--published", "2025-01-01"), ("--csv", "--json")])
def test_options_that_take_something_in_do_not_go_with_it(held: Store, wrong: tuple[str, ...]) -> None:
    assert check(*wrong)[0] == USAGE


def test_every_address_on_record_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No address is passed over in the shipped register: each is asked, and all asked are reported."""
    asked: list[str] = []

    def refuse(address: str, path: Path, progress: object) -> None:
        asked.append(address)
        from fundgap.errors import CannotFetch

        raise CannotFetch(f"{address}: no connection.")

    monkeypatch.setattr("fundgap.data.fetch.download", refuse)
    store = Store(layouts.DATA)
    found = check_releases(store=store)
    wanted = [release.download for release in read_register(store).values() if release.download and release.sha256]
    assert asked == wanted
    assert found["outcome"].eq("not checked").sum() == len(wanted) > 0
    assert not found["outcome"].isin(["unchanged", "changed"]).any()
