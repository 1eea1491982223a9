"""Single steps of a start: told with their seconds, watched while they last, stopped on Ctrl-C."""

import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import IO, Any

from flightsite.demo import processes
from flightsite.demo.errors import DemoError, Interrupted
from flightsite.demo.options import ROOT
from flightsite.demo.processes import AppProcess
from flightsite.embedded import logs
from flightsite.embedded.addresses import HOST

POLL_SECONDS = 0.05
ANSWER_SECONDS = 60.0


@dataclass(slots=True)
class Progress:
    """What a person reads while it starts, always on standard error, and the seconds it took."""

    asked_to_stop: Event
    watch: Callable[[], None] = lambda: None  # raises when something else ended meanwhile
    hidden: list[str] = field(default_factory=list)  # never shown: the upstream's key
    seconds: dict[str, float] = field(default_factory=dict)

    def say(self, text: str) -> None:
        for secret in filter(None, self.hidden):
            text = text.replace(secret, "(hidden)")
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    @contextmanager
    def step(self, name: str, what: str) -> Iterator[None]:
        self.check_interrupt()
        began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began, 2)
        self.say(f"{self.seconds[name]:6.1f} s  {what}")
        self.check_interrupt()

    def check_interrupt(self) -> None:
        if self.asked_to_stop.is_set():
            raise Interrupted

    def wait_for(self, condition: Callable[[], bool], seconds: float | None) -> bool:
        """Poll until the condition holds; False when the seconds are over first."""
        end = None if seconds is None else time.monotonic() + seconds
        while not condition():
            self.check_interrupt()
            self.watch()
            if end is not None and time.monotonic() > end:
                return False
            time.sleep(POLL_SECONDS)
        return True


def run_to_end(words: list[str], environment: Mapping[str, str], progress: Progress, log: Path | None = None) -> str:
    """Standard output of a command; its standard error goes to the log, or is shown as it comes."""
    with tempfile.TemporaryFile() as output, _error_output(log) as errors:
        child = subprocess.Popen(  # noqa: S603  our own commands
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            cwd=ROOT,
            env=dict(environment),
            start_new_session=True,
        )
        try:
            progress.wait_for(lambda: child.poll() is not None, None)
        finally:
            processes.stop(child)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if child.returncode:
        ending = logs.tail(log) if log else ""
        raise DemoError(f"{' '.join(words[1:])} failed ({child.returncode})\n{ending}\n{text}".strip())
    return text


def last_json(text: str, command: str) -> dict[str, Any]:
    try:
        answer = json.loads(text.strip().splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise DemoError(f"{command} did not end with a line of JSON:\n{text[-500:]}") from error
    return dict(answer)


def wait_until_it_answers(process: AppProcess, port: int, path: str, progress: Progress) -> None:
    if not progress.wait_for(lambda: answers(port, path), ANSWER_SECONDS):
        raise DemoError(
            f"{process.name} did not answer GET {path} with 200 in {ANSWER_SECONDS:.0f} s;"
            f" {process.log} ends:\n{logs.tail(process.log)}"
        )


def answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def get_json(port: int, path: str, api_key: str) -> dict[str, Any]:
    """What our own API answers; raises DemoError with its words when that is an error."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request("GET", path, headers={"Authorization": f"Api-Key {api_key}"})
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise DemoError(f"GET {path} failed: {error}") from error
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise DemoError(f"GET {path} answered {answer.status}: {body[:500].decode(errors='replace')}")
    return last_json(body.decode(), f"GET {path}")


@contextmanager
def _error_output(log: Path | None) -> Iterator[IO[Any]]:
    if log is None:
        yield sys.stderr
        return
    with logs.open_log(log) as file:
        yield file
