"""Fetch: the publisher's file or nothing; https all the way, in one piece, of a bearable size, and the one that is on record."""

import datetime
import gzip
import io
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import layouts
import pytest
from publisher import CERTIFICATE, Publisher, serving

from fundgap.data import download, fetch
from fundgap.data.ingest import ingest
from fundgap.data.sources import Release, read_register, register_text, sources
from fundgap.data.store import Store, sha256
from fundgap.errors import BadFigures, CannotFetch, FundgapError, UnknownRelease

LANDING = "https://landing.example/prices"
RELEASE_ID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of downloads; what comes is written a hundred bytes at a time, so that small files can be cut off."""
    monkeypatch.setattr(download, "_CHUNK", 100)
    monkeypatch.setenv("FUNDGAP_CACHE", str(tmp_path / "cache"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    return tmp_path / "cache"


@pytest.fixture
def publisher(cache: Path) -> Iterator[Publisher]:
    with serving() as publisher:
        yield publisher


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the file that is published, as somebody downloaded it by hand."""
    draft = layouts.deflator()
    draft.file = "prices.csv"
    return draft.save(tmp_path)


def revised(file: Path) -> bytes:
    """Return the file with the last quarter of 2023-24 changed from 108 to 112."""
    return file.read_bytes().replace(b"108.0", b"112.0")


def register(store: Store, **how: str) -> Release:
    """Put a release on the register, and return it."""
    release = Release(
        id="prices",
        title="Prices",
        publisher="A publisher",
        licence="OGL",
        url=LANDING,
        period="2022-23 on",
        reader="deflator",
        file="prices.csv",
        **how,  # type: ignore[arg-type]
    )
    (store.raw / "sources.toml").write_text(register_text(read_register(store) | {release.id: release}), "utf-8", newline="\n")
    return release


def published(publisher: Publisher, store: Store, body: bytes, **how: object) -> None:
    """Publish a file and put its release on the register."""
    publisher.put("/prices.csv", body, **how)
    register(store, download=publisher.address("/prices.csv"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("[a-z]*") if path.is_file()}


def refused(store: Store, *says: str, kind: type[FundgapError] = CannotFetch, **how: object) -> str:
    """Check that the release cannot be fetched, that the error holds these words, and that no figure has changed."""
    before = contents(store.root)
    with pytest.raises(kind) as caught:
        fetch.fetch("prices", store, **how)  # type: ignore[arg-type]
    assert contents(store.root) == before
    text = str(caught.value)
    assert [part for part in says if part not in text] == [], text
    return text


def could_not(store: Store, *says: str) -> str:
    """Check that a download is refused with its reason, the landing page and the way by hand."""
    return refused(store, "prices could not be fetched.", "Nothing was written.", LANDING, "fundgap ingest FILE --source prices", *says)


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return packed.getvalue()


# What is fetched -------------------------------------------------------------------------------------------------------


def test_a_release_is_fetched_and_taken_in_as_if_downloaded_by_hand(
    publisher: Publisher, bare_store: Store, file: Path, cache: Path, tmp_path: Path
) -> None:
    published(publisher, bare_store, file.read_bytes())
    by_hand = layouts.registers_only(tmp_path / "by_hand")
    register(by_hand, download=publisher.address("/prices.csv"))
    ingest(file, "prices", by_hand)
    done = fetch.fetch("prices", bare_store)
    assert done.is_written
    assert contents(bare_store.root) == contents(by_hand.root)
    entry = read_register(bare_store)["prices"]
    assert (entry.sha256, entry.size_bytes, entry.rows, entry.file) == (sha256(file), file.stat().st_size, 2, "prices.csv")
    assert not (cache / "prices").exists()


def test_fetching_a_release_that_is_held_changes_nothing(publisher: Publisher, bare_store: Store, file: Path) -> None:
    published(publisher, bare_store, file.read_bytes())
    fetch.fetch("prices", bare_store)
    before = contents(bare_store.root)
    done = fetch.fetch("prices", bare_store)
    assert done.changes[["added", "changed", "removed"]].to_numpy().sum() == 0
    assert contents(bare_store.root) == before


def test_a_dry_run_writes_nothing_and_its_download_serves_the_next_time(publisher: Publisher, bare_store: Store, file: Path) -> None:
    published(publisher, bare_store, file.read_bytes())
    before = contents(bare_store.root)
    planned = fetch.fetch("prices", bare_store, dry_run=True)
    assert str(planned).startswith("would take in prices")
    assert planned.changes["added"].tolist() == [2]
    assert contents(bare_store.root) == before
    assert fetch.fetch("prices", bare_store).is_written
    assert publisher.ranges_asked() == ["", f"bytes={file.stat().st_size}-"]


def test_another_file_than_the_one_on_record_is_refused_until_called_a_revision(
    publisher: Publisher, bare_store: Store, file: Path
) -> None:
    published(publisher, bare_store, file.read_bytes())
    fetch.fetch("prices", bare_store)
    publisher.put("/prices.csv", revised(file), headers={"ETag": '"two"'})
    text = refused(bare_store, "serves another file", sha256(file)[:12], LANDING, "`fundgap fetch prices --published YYYY-MM-DD`")
    assert "Nothing was written" in text
    refused(bare_store, "serves another file", dry_run=True)
    day = datetime.date(2025, 9, 30)
    planned = fetch.fetch("prices", bare_store, published=day, dry_run=True)
    assert planned.changes["changed"].tolist() == [1]
    assert read_register(bare_store)["prices"].sha256 == sha256(file)
    fetch.fetch("prices", bare_store, published=day)
    entry = read_register(bare_store)["prices"]
    assert (entry.published, entry.sha256) == ("2025-09-30", planned.release.sha256)
    # 2022-23 has the quarters 100, 101, 102 and 103, 2023-24 now 104, 105, 106 and 112.
    assert (bare_store.raw / "deflator.csv").read_text("utf-8").splitlines()[1:] == ["2022-23,101.5,prices", "2023-24,106.75,prices"]


@pytest.mark.parametrize("is_held", [False, True])
def test_the_file_of_another_release_is_not_taken_for_this_one(
    publisher: Publisher, bare_store: Store, file: Path, tmp_path: Path, is_held: bool
) -> None:
    published(publisher, bare_store, file.read_bytes())
    if is_held:
        fetch.fetch("prices", bare_store)
    (tmp_path / "other.csv").write_bytes(revised(file))
    ingest(tmp_path / "other.csv", "deflator-2025-06", bare_store)
    publisher.put("/prices.csv", revised(file), headers={"ETag": '"two"'})
    refused(bare_store, "was given as prices, but its contents are deflator-2025-06", kind=UnknownRelease)
    refused(bare_store, "its contents are deflator-2025-06", kind=UnknownRelease, published=datetime.date(2025, 9, 30))


def test_a_file_with_faults_is_refused_and_downloaded_afresh_next_time(
    publisher: Publisher, bare_store: Store, file: Path, cache: Path
) -> None:
    published(publisher, bare_store, file.read_bytes().replace(b"110.0", b"dear"))
    refused(bare_store, "'dear'", kind=BadFigures)
    assert not (cache / "prices").exists()


# Cut off, and continued ------------------------------------------------------------------------------------------------


def cut_off(publisher: Publisher, store: Store, file: Path, after: int = 200, **how: object) -> None:
    """Have a download of the file break off."""
    published(publisher, store, file.read_bytes(), stops_after=after, **how)
    could_not(store, publisher.address("/prices.csv"), "broke off", "run it again")


@pytest.mark.parametrize("validator", [{"ETag": '"one"'}, {"Last-Modified": "Mon, 30 Jun 2025 09:30:00 GMT", "ETag": 'W/"one"'}])
def test_a_download_that_was_cut_off_is_continued(
    publisher: Publisher, bare_store: Store, file: Path, cache: Path, validator: dict[str, str]
) -> None:
    headers = {name: value for name, value in validator.items() if not value.startswith("W/")}
    cut_off(publisher, bare_store, file, headers=headers)
    assert (cache / "prices" / "received").read_bytes() == file.read_bytes()[:200]
    publisher.put("/prices.csv", file.read_bytes(), headers=headers)
    fetch.fetch("prices", bare_store)
    assert publisher.asked[-1][1]["Range"] == "bytes=200-"
    assert publisher.asked[-1][1]["If-Range"] == next(iter(headers.values()))
    assert read_register(bare_store)["prices"].sha256 == sha256(file)


@pytest.mark.parametrize(
    "next_time",
    [
        {"knows_ranges": False},
        {"headers": {"ETag": '"two"'}},
        {"wrong_range": True},
    ],
    ids=["the server knows no ranges", "the file has changed", "the server sends another range"],
)
def test_a_download_that_cannot_be_continued_starts_anew(
    publisher: Publisher, bare_store: Store, file: Path, next_time: dict[str, object]
) -> None:
    cut_off(publisher, bare_store, file)
    publisher.put("/prices.csv", revised(file), **next_time)
    fetch.fetch("prices", bare_store)
    assert "bytes=200-" in publisher.ranges_asked()
    assert read_register(bare_store)["prices"].size_bytes == file.stat().st_size
    assert read_register(bare_store)["prices"].sha256 != sha256(file)


def test_a_part_longer_than_the_file_is_thrown_away(publisher: Publisher, bare_store: Store, file: Path, cache: Path) -> None:
    cut_off(publisher, bare_store, file)
    (cache / "prices" / "received").write_bytes(b"x" * 5_000)
    publisher.put("/prices.csv", file.read_bytes())
    fetch.fetch("prices", bare_store)
    assert publisher.ranges_asked()[-2:] == ["bytes=5000-", ""]
    assert read_register(bare_store)["prices"].sha256 == sha256(file)


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"one"'}])
def test_a_part_that_nothing_ties_to_the_file_is_thrown_away(
    publisher: Publisher, bare_store: Store, file: Path, headers: dict[str, str]
) -> None:
    cut_off(publisher, bare_store, file, headers=headers)
    publisher.put("/prices.csv", file.read_bytes(), headers=headers)
    fetch.fetch("prices", bare_store)
    assert publisher.ranges_asked() == ["", ""]


@pytest.mark.parametrize("note", ["", '{"addr', json.dumps({"address": "https://elsewhere.example", "validator": '"one"'})])
def test_a_part_of_unknown_origin_is_thrown_away(publisher: Publisher, bare_store: Store, file: Path, cache: Path, note: str) -> None:
    cut_off(publisher, bare_store, file)
    (cache / "prices" / "received.json").write_text(note, "utf-8")
    publisher.put("/prices.csv", file.read_bytes())
    fetch.fetch("prices", bare_store)
    assert publisher.ranges_asked() == ["", ""]


def test_a_part_that_was_damaged_is_found_out_by_the_hash_and_fetched_afresh(
    publisher: Publisher, bare_store: Store, file: Path, cache: Path
) -> None:
    published(publisher, bare_store, file.read_bytes())
    fetch.fetch("prices", bare_store)
    publisher.put("/prices.csv", file.read_bytes(), stops_after=200)
    could_not(bare_store, "broke off")
    (cache / "prices" / "received").write_bytes(b"0" * 200)
    publisher.put("/prices.csv", file.read_bytes())
    refused(bare_store, "serves another file")
    fetch.fetch("prices", bare_store)
    assert read_register(bare_store)["prices"].sha256 == sha256(file)


def test_a_file_sent_compressed_is_unpacked_and_never_continued(publisher: Publisher, bare_store: Store, file: Path, cache: Path) -> None:
    how = {"headers": {"ETag": '"one"', "Content-Encoding": "gzip"}}
    body = gzip.compress(file.read_bytes(), compresslevel=0)
    published(publisher, bare_store, body, stops_after=250, **how)
    could_not(bare_store, "broke off")
    assert 0 < (cache / "prices" / "received").stat().st_size < 250
    publisher.put("/prices.csv", body, **how)
    fetch.fetch("prices", bare_store)
    assert publisher.ranges_asked() == ["", ""]
    assert publisher.asked[0][1]["Accept-Encoding"] == "identity"
    assert read_register(bare_store)["prices"].sha256 == sha256(file)


def test_an_interrupt_leaves_the_part_for_the_next_time_and_no_figure(
    publisher: Publisher, bare_store: Store, file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(publisher, bare_store, file.read_bytes())
    before = contents(bare_store.root)

    def interrupt(held: int, total: int | None) -> None:
        if held >= 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch.fetch("prices", bare_store, progress=interrupt)
    assert contents(bare_store.root) == before
    assert (cache / "prices" / "received").read_bytes() == file.read_bytes()[:200]
    assert fetch.fetch("prices", bare_store).is_written
    assert publisher.ranges_asked() == ["", "bytes=200-"]


# Not https, too large, not there ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.1:{port}/prices.csv", "ftp://127.0.0.1/prices.csv", "file://localhost/etc/hostname"])
def test_a_redirect_away_from_https_is_not_followed(publisher: Publisher, bare_store: Store, file: Path, elsewhere: str) -> None:
    with serving(is_secure=False) as plain:
        plain.put("/prices.csv", file.read_bytes())
        elsewhere = elsewhere.format(port=plain.port)
        published(publisher, bare_store, b"", status=302, headers={"Location": elsewhere})
        could_not(bare_store, publisher.address("/prices.csv"), "only https is followed", elsewhere)
        assert plain.asked == []


def test_a_redirect_to_another_https_address_is_followed(publisher: Publisher, bare_store: Store, file: Path) -> None:
    published(publisher, bare_store, b"", status=301, headers={"Location": publisher.address("/moved/new.csv")})
    publisher.put("/moved/new.csv", file.read_bytes())
    fetch.fetch("prices", bare_store)
    entry = read_register(bare_store)["prices"]
    assert (entry.file, entry.sha256) == ("prices.csv", sha256(file))


def test_redirects_that_lead_round_in_circles_end(publisher: Publisher, bare_store: Store) -> None:
    published(publisher, bare_store, b"", status=302, headers={"Location": publisher.address("/prices.csv")})
    could_not(bare_store, "Exceeded 30 redirects")


def test_a_file_said_to_be_too_large_is_not_begun(
    publisher: Publisher, bare_store: Store, file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MAX_FILE_BYTES", 300)
    published(publisher, bare_store, file.read_bytes(), length=1_234_567)
    could_not(bare_store, publisher.address("/prices.csv"), "1,234,567 bytes; at most 300 are taken")
    assert (cache / "prices" / "received").stat().st_size == 0


def test_the_rest_of_a_file_that_would_be_too_large_is_not_begun(
    publisher: Publisher, bare_store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(publisher, bare_store, file)
    size = file.stat().st_size
    monkeypatch.setattr(download, "MAX_FILE_BYTES", size - 1)
    publisher.put("/prices.csv", file.read_bytes())
    could_not(bare_store, f"{size:,} bytes; at most {size - 1:,} are taken")


def test_a_file_that_grows_too_large_is_given_up(
    publisher: Publisher, bare_store: Store, file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MAX_FILE_BYTES", 300)
    published(publisher, bare_store, file.read_bytes(), is_chunked=True)
    could_not(bare_store, publisher.address("/prices.csv"), "more than 300 bytes")
    assert (cache / "prices" / "received").stat().st_size == 0


def test_a_file_of_unsaid_length_is_taken_in_pieces_that_say_when_they_end(publisher: Publisher, bare_store: Store, file: Path) -> None:
    published(publisher, bare_store, file.read_bytes(), is_chunked=True)
    assert fetch.fetch("prices", bare_store).is_written


def test_a_file_whose_end_nobody_could_tell_is_refused(publisher: Publisher, bare_store: Store, file: Path) -> None:
    published(publisher, bare_store, file.read_bytes(), says_length=False)
    could_not(bare_store, "does not say how long the file is")


@pytest.mark.parametrize(("status", "words"), [(404, "404 Not Found"), (410, "410 Gone"), (500, "500 Internal"), (503, "503 Service")])
def test_what_the_server_says_instead_is_told(publisher: Publisher, bare_store: Store, status: int, words: str) -> None:
    published(publisher, bare_store, b"<html>no</html>", status=status)
    could_not(bare_store, f"{publisher.address('/prices.csv')}: the server says {words}")


def test_an_error_page_is_never_added_to_a_part(publisher: Publisher, bare_store: Store, file: Path, cache: Path) -> None:
    cut_off(publisher, bare_store, file)
    publisher.put("/prices.csv", b"<html>busy</html>", status=503, knows_ranges=False)
    could_not(bare_store, "503")
    assert (cache / "prices" / "received").read_bytes() == file.read_bytes()[:200]


def test_no_connection_is_told(cache: Path, bare_store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    register(bare_store, download=f"https://127.0.0.1:{port}/prices.csv")
    could_not(bare_store, f"https://127.0.0.1:{port}/prices.csv: no connection", "refused")


def test_a_host_nobody_knows_is_told(cache: Path, bare_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **kwargs: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("NO_PROXY", "*")
    register(bare_store, download="https://statistics.example/prices.csv")
    could_not(bare_store, "https://statistics.example/prices.csv: no connection", "Name or service not known")


def test_a_server_that_falls_silent_is_given_up(
    publisher: Publisher, bare_store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_TIMEOUT", (5, 0.3))
    published(publisher, bare_store, file.read_bytes(), stops_after=200, waits=threading.Event())
    could_not(bare_store, publisher.address("/prices.csv"), "broke off (The read operation timed out)")


def test_a_server_that_never_answers_is_given_up(cache: Path, bare_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_TIMEOUT", (0.3, 0.3))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        register(bare_store, download=f"https://127.0.0.1:{silent.getsockname()[1]}/prices.csv")
        could_not(bare_store, "timed out")


def test_a_server_without_tls_is_told(cache: Path, bare_store: Store, file: Path) -> None:
    with serving(is_secure=False) as plain:
        plain.put("/prices.csv", file.read_bytes())
        register(bare_store, download=f"https://127.0.0.1:{plain.port}/prices.csv")
        could_not(bare_store, f"https://127.0.0.1:{plain.port}/prices.csv: no secure connection", "REQUESTS_CA_BUNDLE")


def test_a_certificate_nobody_trusts_is_refused(
    publisher: Publisher, bare_store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    published(publisher, bare_store, file.read_bytes())
    could_not(bare_store, publisher.address("/prices.csv"), "no secure connection", "certificate verify failed")
    assert publisher.asked == []


def test_a_release_without_an_address_is_told(cache: Path, bare_store: Store) -> None:
    register(bare_store)
    could_not(bare_store, "sources.toml gives no address of the file")


def test_a_release_not_on_the_register_is_told(cache: Path, bare_store: Store) -> None:
    with pytest.raises(UnknownRelease, match=r"'nope' is not in sources\.toml\. It holds: s251ye2013"):
        fetch.fetch("nope", bare_store)


def test_a_cache_that_cannot_be_made_is_told(cache: Path, bare_store: Store) -> None:
    cache.write_text("a file in its place", "utf-8")
    register(bare_store, download="https://statistics.example/prices.csv")
    refused(bare_store, "cannot be made", "Set FUNDGAP_CACHE")


# Out of a zip ----------------------------------------------------------------------------------------------------------


def put_zip(publisher: Publisher, store: Store, member: str, body: bytes) -> None:
    publisher.put("/all.zip", body)
    register(store, download=publisher.address("/all.zip"), member=member)


@pytest.mark.parametrize("member", ["prices.csv", "data/prices.csv", "data/*.csv", "*ices.csv"])
def test_one_file_is_taken_out_of_a_zip(publisher: Publisher, bare_store: Store, file: Path, member: str) -> None:
    body = zipped(**{"data/": b"", "data/prices.csv": file.read_bytes(), "guidance/old-prices.txt": b"no"})
    put_zip(publisher, bare_store, member, body)
    fetch.fetch("prices", bare_store)
    # The hash on record is that of the file, not of the zip.
    assert read_register(bare_store)["prices"].sha256 == sha256(file)


@pytest.mark.parametrize("name", ["../../escaped.csv", "/escaped.csv", "a/../../../escaped.csv", "..\\escaped.csv"])
def test_no_path_in_a_zip_says_where_to_write(
    publisher: Publisher, bare_store: Store, file: Path, cache: Path, tmp_path: Path, name: str
) -> None:
    put_zip(publisher, bare_store, "*escaped.csv", zipped(**{name: file.read_bytes()}))
    fetch.fetch("prices", bare_store, dry_run=True)
    assert list(tmp_path.rglob("*escaped.csv")) == []
    assert {path.name for path in (cache / "prices").iterdir()} == {"received", "received.json", "prices.csv"}


def test_two_files_that_match_are_listed_and_neither_is_taken(publisher: Publisher, bare_store: Store, file: Path) -> None:
    put_zip(publisher, bare_store, "*.csv", zipped(**{"a/1.csv": file.read_bytes(), "b/2.csv": b"x", "c.txt": b""}))
    text = could_not(bare_store, publisher.address("/all.zip"), "2 files in the zip match '*.csv', not exactly one: a/1.csv, b/2.csv.")
    assert "c.txt" not in text


def test_where_no_file_matches_those_there_are_are_listed(publisher: Publisher, bare_store: Store) -> None:
    put_zip(publisher, bare_store, "prices.csv", zipped(**{f"data/{number}.csv": b"x" for number in range(50)}))
    could_not(bare_store, "no file in the zip matches 'prices.csv', not exactly one: data/0.csv, data/1.csv", "data/39.csv and 10 more")


def test_a_file_that_unpacks_to_too_much_is_refused(
    publisher: Publisher, bare_store: Store, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "MAX_FILE_BYTES", 100_000)
    put_zip(publisher, bare_store, "prices.csv", zipped(**{"prices.csv": bytes(1_000_000)}))
    could_not(bare_store, "prices.csv unpacks to 1,000,000 bytes; at most 100,000")


def broken_zip(fault: str, body: bytes) -> bytes:
    whole = zipped(**{"prices.csv": body})
    middle = len(whole) // 3
    # A deflated block whose first byte is 7 is of a kind that does not exist.
    packed = 30 + len("prices.csv")
    # The first bit of the flags, in the local header and in the directory at the end, says that a password is needed.
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.index(b"PK\x01\x02") + 8] |= 1
    return {
        "not a zip": b"<html>moved</html>",
        "empty": b"",
        "cut short": whole[:-10],
        "damaged": whole[:middle] + bytes(20) + whole[middle + 20 :],
        "undecodable": whole[:packed] + b"\x07" + whole[packed + 1 :],
        "locked": bytes(locked),
    }[fault]


@pytest.mark.parametrize("fault", ["not a zip", "empty", "cut short", "damaged", "undecodable", "locked"])
def test_a_zip_that_does_not_open_is_refused_and_downloaded_afresh_next_time(
    publisher: Publisher, bare_store: Store, file: Path, cache: Path, fault: str
) -> None:
    put_zip(publisher, bare_store, "prices.csv", broken_zip(fault, file.read_bytes()))
    could_not(bare_store, publisher.address("/all.zip"), "a zip that does not open")
    assert not (cache / "prices").exists()


# The newest release of a publication -----------------------------------------------------------------------------------


@pytest.fixture
def dfe(publisher: Publisher, bare_store: Store, monkeypatch: pytest.MonkeyPatch) -> Publisher:
    monkeypatch.setattr(fetch, "_DFE", publisher.address("/api"))
    register(bare_store, publication="spend-on-children", member="data/prices*.csv")
    return publisher


def test_the_newest_release_of_a_publication_is_found_by_its_id(dfe: Publisher, bare_store: Store, file: Path) -> None:
    dfe.put("/api/publications/spend-on-children/releases/latest", json.dumps({"id": RELEASE_ID, "title": "2024-25"}).encode())
    dfe.put(f"/api/releases/{RELEASE_ID}/files", zipped(**{"data/prices_2025.csv": file.read_bytes()}), is_chunked=True)
    assert fetch.fetch("prices", bare_store).is_written
    assert read_register(bare_store)["prices"].file == "prices.csv"


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"{}", b'{"id": 7}', b'{"id": "../../elsewhere"}', b"\xff\xfe"])
def test_an_answer_that_names_no_release_is_refused(dfe: Publisher, bare_store: Store, answer: bytes) -> None:
    dfe.put("/api/publications/spend-on-children/releases/latest", answer)
    could_not(bare_store, "/api/publications/spend-on-children/releases/latest: the answer names no release")
    assert len(dfe.asked) == 1


def test_a_publication_that_is_not_there_is_told(dfe: Publisher, bare_store: Store) -> None:
    could_not(bare_store, "/api/publications/spend-on-children/releases/latest: the server says 404 Not Found")


# The register ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"download": "http://plain.example/x.csv"}, "begins with https://"),
        ({"download": "ftp://x.example/x.csv"}, "begins with https://"),
        ({"publication": "Spend/../x", "member": "x.csv"}, "small letters and hyphens"),
        ({"publication": "spend"}, "which file of the release"),
        ({"publication": "spend", "download": "https://x.example/x.zip", "member": "x.csv"}, "one of them"),
        ({"member": "x.csv"}, "where the zip is"),
    ],
)
def test_an_address_that_cannot_be_right_is_a_fault_of_the_register(bare_store: Store, entry: dict[str, str], expected: str) -> None:
    register(bare_store, **entry)
    with pytest.raises(BadFigures, match=r"sources\.toml, entry 'prices'") as caught:
        read_register(bare_store)
    assert expected in str(caught.value)


def test_a_release_on_the_register_that_is_not_held_is_fetchable_and_no_source_of_figures(bare_store: Store, file: Path) -> None:
    register(bare_store, download="https://statistics.example/prices.csv")
    assert "prices" not in set(sources(bare_store)["id"])
    listed = fetch.fetchable(bare_store).set_index("id")["is_held"]
    assert not listed["prices"]
    assert listed["iod2019"]
    assert "s251ye2019" not in listed
    ingest(file, "prices", bare_store)
    assert "prices" in set(sources(bare_store)["id"])
    assert fetch.fetchable(bare_store).set_index("id")["is_held"]["prices"]


def test_every_address_on_record_ends_in_a_kind_of_file_that_its_reader_reads() -> None:
    for release in read_register(Store(layouts.DATA)).values():
        if release.download and not release.member and "?" not in release.download:
            assert Path(release.download).suffix == Path(release.file).suffix, release.id


# At the command line ---------------------------------------------------------------------------------------------------


def start(store: Store, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "fundgap.cli", "fetch", *arguments]
    environment = os.environ | {"FUNDGAP_DATA": str(store.root)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(store: Store, *arguments: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of `fundgap fetch`."""
    with start(store, *arguments) as process:
        said, told = process.communicate(timeout=120)
    return process.returncode, said, told


def test_the_command_lists_what_can_be_fetched(bare_store: Store) -> None:
    code, said, told = run(bare_store)
    lines = said.splitlines()
    assert (code, told) == (0, "")
    assert lines[0].split() == ["id", "title", "is_held"]
    assert any("ofsted-outcomes-2026" in line and line.endswith("False") for line in lines)


def test_the_command_fetches_and_says_what_it_took_in(publisher: Publisher, bare_store: Store, file: Path) -> None:
    published(publisher, bare_store, file.read_bytes())
    code, said, told = run(bare_store, "prices", "--published", "2025-06-30")
    assert (code, told) == (0, "")
    took_in, rows, built = said.splitlines()
    assert took_in == "took in prices: Prices"
    assert rows == "  deflator: 2 rows added, 0 changed, 0 removed; 2022-23 to 2023-24"
    # Prices alone make no panel, and it says so.
    assert built.startswith("  data/processed is not rebuilt, and refused until `fundgap build` has succeeded: ")
    assert read_register(bare_store)["prices"].published == "2025-06-30"


def test_the_command_tells_a_failure_in_words(publisher: Publisher, bare_store: Store) -> None:
    published(publisher, bare_store, b"", status=404)
    code, said, told = run(bare_store, "prices")
    assert (code, said) == (1, "")
    assert told.startswith("fundgap: prices could not be fetched.")
    assert "Traceback" not in told


def interrupted(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C."""
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=60)[1]


@pytest.mark.skipif(sys.platform == "win32", reason="a process there cannot be sent Ctrl-C alone")
def test_ctrl_c_leaves_the_part_and_no_figure(publisher: Publisher, bare_store: Store, file: Path, cache: Path) -> None:
    waiting = threading.Event()
    # More than one chunk, so that some has reached the disk.
    published(publisher, bare_store, file.read_bytes() + bytes(200_000), stops_after=150_000, waits=waiting)
    before = contents(bare_store.root)
    with start(bare_store, "prices") as process:
        assert waiting.wait(60)
        received = cache / "prices" / "received"
        # Two chunks of 64 KiB; then it waits for a third that does not come.
        for _ in itertools.takewhile(lambda _: not received.is_file() or received.stat().st_size < 130_000, range(400)):
            threading.Event().wait(0.05)
        threading.Event().wait(0.5)
        told = interrupted(process)
    assert process.returncode == 130, told
    assert "Traceback" not in told
    assert "interrupted; nothing half-written is left" in told
    assert contents(bare_store.root) == before
    assert 0 < received.stat().st_size <= 150_000


def test_progress_counts_up_to_the_whole(publisher: Publisher, bare_store: Store, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(publisher, bare_store, file.read_bytes())
    told: list[tuple[int, int | None]] = []
    fetch.fetch("prices", bare_store, progress=lambda held, total: told.append((held, total)))
    size = file.stat().st_size
    assert told[:2] == [(0, size), (100, size)]
    assert told[-1] == (size, size)


def test_the_network_is_imported_only_to_fetch() -> None:
    code = "import sys, fundgap.data.fetch, fundgap.cli; print({'requests', 'platformdirs', 'urllib3', 'rich.progress'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
