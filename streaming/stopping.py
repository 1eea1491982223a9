"""SIGTERM and Ctrl-C: work is handed back and the process is gone in time, whatever it waits for."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

HANDED_BACK_SECONDS = 4  # to end what is being done
GONE_SECONDS = 4  # then to leave; after that the kernel ends it, as a kill would, which loses nothing either


class HandedBack(BaseException):
    """Raised in the midst of whatever the main thread waits for; no `except Exception` may keep it."""


def stop_event() -> threading.Event:
    """Set on SIGTERM or Ctrl-C; who has not ended some seconds later gets HandedBack raised, then is ended."""
    stop = threading.Event()

    def hand_back(signum: int, frame: FrameType | None) -> None:
        _end_soon()
        raise HandedBack

    def ask_to_stop(signum: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGALRM, hand_back)
        signal.alarm(HANDED_BACK_SECONDS)

    _on_signals(ask_to_stop)
    return stop


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """SIGTERM or Ctrl-C ends what is inside at once by SystemExit, so that what it holds is given back."""

    def end(signum: int, frame: FrameType | None) -> None:
        _end_soon()
        raise SystemExit(128 + signum)

    before = _on_signals(end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_soon() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(GONE_SECONDS)


def _on_signals(handler: "signal._HANDLER") -> "dict[signal.Signals, signal._HANDLER]":
    """Set it where signals can be handled, in the main thread; what was set before."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.signal(number, handler) for number in (signal.SIGTERM, signal.SIGINT)}
