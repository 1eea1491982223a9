"""A headless Chromium, driven by its own protocol: loads a page at a width, in light or dark, and tells what it did."""

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect

START_SECONDS, ANSWER_SECONDS = 60.0, 60.0
NOT_OURS = "favicon.ico"


def executable() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def chromium(folder: Path) -> Iterator["Tab"]:
    """One tab of a browser with a profile of its own."""
    words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"]
    command = [str(executable()), *words, f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with connect(_tab_address(folder), max_size=None, open_timeout=START_SECONDS) as connection:
            yield Tab(connection)
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _tab_address(folder: Path) -> str:
    port = _read(folder / "DevToolsActivePort").split()[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=ANSWER_SECONDS) as answer:
        tabs = json.load(answer)
    return next(str(tab["webSocketDebuggerUrl"]) for tab in tabs if tab["type"] == "page")


def _read(path: Path) -> str:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if path.exists() and (text := path.read_text()):
            return text
        time.sleep(0.05)
    raise TimeoutError(f"Chromium did not start in {START_SECONDS:g} s")


class Tab:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._sent = 0
        self._events: list[dict[str, Any]] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._ask(f"{domain}.enable")

    def show_as(self, width: int, scheme: str) -> None:
        """From now on pages are this wide, and the system prefers light or dark."""
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self._ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def cookie(self, address: str, name: str, value: str) -> None:
        self._ask("Network.setCookie", url=address, name=name, value=value)

    def open(self, address: str) -> None:
        """Returns when the page and all that it loads are there."""
        self._events.clear()
        self._ask("Page.navigate", url=address)
        until = time.monotonic() + ANSWER_SECONDS
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._receive(until)

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        told = self._ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    @property
    def faults(self) -> list[str]:
        """Errors of the console, exceptions of scripts and failed loads since the page was opened."""
        return [told for event in self._events if (told := _fault(event)) and NOT_OURS not in told]

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._sent += 1
        self._connection.send(json.dumps({"id": self._sent, "method": method, "params": params}))
        until = time.monotonic() + ANSWER_SECONDS
        while (answer := self._receive(until)).get("id") != self._sent:
            continue
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _receive(self, until: float) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._connection.recv(max(0.1, until - time.monotonic())))
        if "method" in message:
            self._events.append(message)
        return message


def _fault(event: dict[str, Any]) -> str:
    params = event["params"]
    match event["method"]:
        case "Runtime.exceptionThrown":
            return str(params["exceptionDetails"])
        case "Log.entryAdded" if params["entry"]["level"] == "error":
            return f"{params['entry']['text']} {params['entry'].get('url', '')}"
        case "Runtime.consoleAPICalled" if params["type"] == "error":
            return str(params["args"])
        case "Network.responseReceived" if params["response"]["status"] >= 400:
            return f"{params['response']['status']} {urlsplit(params['response']['url']).path}"
    return ""
