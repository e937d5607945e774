"""Bring one file over the network: https only, never above a size, continued where an earlier try was cut off."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fundgap.data.readers.sheets import MAX_FILE_BYTES
from fundgap.errors import CannotFetch

if TYPE_CHECKING:
    from requests import Response, Session

# Called with the bytes held so far and, where it is known, their number when all have come.
Progress = Callable[[int, int | None], None]

_TIMEOUT = (15, 60)  # seconds until there is a connection, and until its next bytes
_CHUNK = 1 << 16


def download(address: str, path: Path, progress: Progress) -> None:
    """Bring the file at `address` to `path`. A part that an earlier try left there is kept where the publisher's file is the same.

    Raises
    ------
    CannotFetch
        With the address and the reason. What has come stays at `path`, for the next try.
    """
    from requests import RequestException, Session

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with Session() as session:
            # Without an adapter for it, plain http is no way anywhere, nor after a redirect.
            del session.adapters["http://"]
            _receive(session, address, path, progress)
    except RequestException as error:
        raise CannotFetch(f"{address}: {_why(error)}.") from None


def _receive(session: "Session", address: str, path: Path, progress: Progress) -> None:
    held, validator = _left_over(address, path)
    headers = {"User-Agent": "fundgap", "Accept-Encoding": "identity"}
    if held:
        headers |= {"Range": f"bytes={held}-", "If-Range": validator}
    with session.get(address, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
        span = answer.headers.get("Content-Range", "")
        if held and span == f"bytes */{held}":
            return  # It was all there.
        if held and (answer.status_code == 416 or (answer.status_code == 206 and not span.startswith(f"bytes {held}-"))):
            path.unlink()
            _receive(session, address, path, progress)
            return
        if answer.status_code != 200 and not (held and answer.status_code == 206):
            raise CannotFetch(f"{answer.url}: the server says {answer.status_code} {answer.reason}.")
        if answer.status_code == 200:
            path.write_bytes(b"")
            _note(address, path, _validator(answer))
        _write(answer, path, progress)


def _write(answer: "Response", path: Path, progress: Progress) -> None:
    held, length = path.stat().st_size, answer.headers.get("Content-Length", "")
    total = held + int(length) if length.isdecimal() else None
    if total is None and answer.headers.get("Transfer-Encoding", "").lower() != "chunked":
        raise CannotFetch(f"{answer.url}: the server does not say how long the file is, so a part could pass for the whole.")
    if total is not None and total > MAX_FILE_BYTES:
        raise CannotFetch(f"{answer.url}: {total:,} bytes; at most {MAX_FILE_BYTES:,} are taken.")
    with path.open("ab") as file:
        progress(held, total)
        for chunk in answer.iter_content(_CHUNK):
            held += len(chunk)
            if held > MAX_FILE_BYTES:
                file.truncate(0)
                raise CannotFetch(f"{answer.url}: more than {MAX_FILE_BYTES:,} bytes; no more are taken.")
            file.write(chunk)
            progress(held, total)


def _left_over(address: str, path: Path) -> tuple[int, str]:
    """Return the size of an earlier part and what tells whether the publisher's file is still the same; (0, "") for none."""
    try:
        known = json.loads(_note_path(path).read_text("utf-8"))
        held = path.stat().st_size
    except (FileNotFoundError, ValueError):
        return 0, ""
    return (held, known["validator"]) if known["address"] == address and known["validator"] else (0, "")


def _note(address: str, path: Path, validator: str) -> None:
    _note_path(path).write_text(json.dumps({"address": address, "validator": validator}), "utf-8")


def _note_path(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _validator(answer: "Response") -> str:
    """Return the strong validator of the file, "" where the server gives none that a range can be tied to."""
    if "Content-Encoding" in answer.headers:
        return ""  # Positions within what is sent are not positions in the file.
    tag = answer.headers.get("ETag", "W/")
    return answer.headers.get("Last-Modified", "") if tag.startswith("W/") else tag


def _why(error: Exception) -> str:
    from requests import ConnectionError as NoConnection
    from requests.exceptions import ChunkedEncodingError, InvalidSchema, SSLError, Timeout

    cause: BaseException = error
    while cause.__context__ is not None:
        cause = cause.__context__
    reasons: dict[type[Exception], str] = {
        InvalidSchema: f"only https is followed, and this leads elsewhere ({error})",
        SSLError: f"no secure connection ({cause}); behind a proxy that signs for others, set REQUESTS_CA_BUNDLE to its certificate",
        Timeout: f"no answer in time ({cause})",
        ChunkedEncodingError: f"the connection broke off ({cause}); run it again to go on from there",
        NoConnection: f"no connection, or it broke off ({cause})",
    }
    return next((why for kind, why in reasons.items() if isinstance(error, kind)), str(error))
