"""A publisher on this machine: an https server that behaves well, or badly in one way at a time."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CERTIFICATE = Path(__file__).with_name("localhost.pem")


@dataclass
class Page:
    """What stands at an address, and how it is handed over."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"ETag": '"one"'})
    knows_ranges: bool = True
    says_length: bool = True
    is_chunked: bool = False
    length: int | None = None  # said instead of the true one
    stops_after: int | None = None  # the connection is cut after so many bytes
    waits: threading.Event | None = None  # set when all that is sent has been, and the connection left open
    wrong_range: bool = False


@dataclass
class Publisher:
    """The pages by path, the requests made, and the address of it all."""

    port: int
    scheme: str = "https"
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def address(self, path: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def put(self, path: str, body: bytes = b"", **how: object) -> Page:
        """Publish something; an earlier page there is gone."""
        self.pages[path] = Page(body, **how)  # type: ignore[arg-type]
        return self.pages[path]

    def ranges_asked(self) -> list[str]:
        return [headers.get("Range", "") for _, headers in self.asked]


def _handler(publisher: Publisher) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            publisher.asked.append((self.path, dict(self.headers)))
            self.close_connection = True
            self._hand_over(publisher.pages.get(self.path.partition("?")[0], Page(b"not here", 404)))

        def _hand_over(self, page: Page) -> None:
            body, status, span = page.body, page.status, ""
            start = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
            if start and page.knows_ranges and self.headers["If-Range"] == page.headers.get("ETag", page.headers.get("Last-Modified")):
                status = 206 if int(start) < len(body) else 416
                first = 0 if page.wrong_range else int(start)
                span = f"bytes {first}-{len(body) - 1}/{len(body)}" if status == 206 else f"bytes */{len(body)}"
                body = body[first:]
            self.send_response(status)
            for name, value in (page.headers | ({"Content-Range": span} if span else {})).items():
                self.send_header(name, value)
            if page.is_chunked:
                self.send_header("Transfer-Encoding", "chunked")
            elif page.says_length:
                self.send_header("Content-Length", str(len(body) if page.length is None else page.length))
            self.send_header("Connection", "close")
            self.end_headers()
            sent = body[: page.stops_after]
            self.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(sent), sent) if page.is_chunked else sent)
            if page.waits:
                page.waits.set()
                threading.Event().wait(30)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep quiet."""

    return Handler


@contextmanager
def serving(*, is_secure: bool = True) -> Iterator[Publisher]:
    """Run a publisher while the block lasts."""
    publisher = Publisher(0, "https" if is_secure else "http")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(publisher))
    server.daemon_threads, server.block_on_close = True, False
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]  # Clients here do break off.
    if is_secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    publisher.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
