"""A thread that looks at an installation all the time and notes what must never be seen."""

import threading
from contextlib import suppress

from tests.chaos.observer import Observer, Unseen

PAUSE_SECONDS = 0.25


class Watch:
    """While it is on: no document falls back to an older observation, no slot that is closed changes."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._orders: dict[str, str] = {}
        self._closed: dict[str, object] = {}
        self._slot = ""
        self._stop = threading.Event()
        self.looks = 0
        self.findings: list[str] = []
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def turn_to(self, slot: str) -> None:
        self._slot = slot

    def _look_on(self) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            with suppress(Unseen):  # the store is down: nothing to be seen
                self._look()

    def _look(self) -> None:
        for key, flight in self._observer.flights().items():
            if flight["order"] < self._orders.get(key, ""):
                self.findings.append(f"{key} fell back from {self._orders[key]} to {flight['order']}")
            self._orders[key] = flight["order"]
        self._look_at_slot(self._slot)
        self.looks += 1

    def _look_at_slot(self, name: str) -> None:
        slot = self._observer.slot(name)
        if name in self._closed and slot.get("closed_at") != self._closed[name]:
            self.findings.append(f"slot {name} closed at {self._closed[name]} and again at {slot.get('closed_at')}")
        if slot.get("closed_at"):
            self._closed[name] = slot["closed_at"]
