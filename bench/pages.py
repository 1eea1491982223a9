"""Page bodies made off the clock, and a small HTTP server that hands them out: `python -m bench.pages FOLDER`."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from ingestion.simulator.prepared import prepared_pages

ROWS_PER_PAGE = 100
SEED = 20_261_124
EMPTY = b'{"pagination":{"limit":100,"offset":%d,"count":0,"total":0},"data":[]}'


def folder_of(pages_dir: Path, rows: int) -> Path:
    """The folder with the pages of a slot of so many rows; made if it is not there."""
    folder = pages_dir / f"{rows}-rows"
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for number, body in enumerate(prepared_pages(rows, SEED)):
            (folder / str(number)).write_bytes(body)
        (folder / "done").touch()
    return folder


def bodies_in(folder: Path) -> list[bytes]:
    names = sorted((file for file in folder.iterdir() if file.name.isdecimal()), key=lambda file: int(file.name))
    return [file.read_bytes() for file in names]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    folder: Path

    def do_GET(self) -> None:
        offset = int(parse_qs(urlsplit(self.path).query).get("offset", ["0"])[0])
        page = self.folder / str(offset // ROWS_PER_PAGE)
        body = page.read_bytes() if page.exists() else EMPTY % offset
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("x-increment-usage", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: it would only cost time."""


def main() -> None:
    """Serve until the process is ended; the first line of standard output is the port."""
    _Handler.folder = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
