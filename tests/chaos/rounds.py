"""One round: a slot is collected while faults strike; then everything is mended and must come out right."""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import msgspec

from flights import store
from flights.indicators.registry import REGISTRY
from flights.reference.zones import zone_of
from flights.services import apply_records
from ingestion.transforms import PageSource, transform_page
from tests.chaos.accounts import count_rows, unusable_rows
from tests.chaos.faults import PHASES, Fault, draw_faults
from tests.chaos.observer import Observer, Unseen, instant
from tests.chaos.watch import Watch
from tests.chaos.world import World, wait_until

PHASE_SECONDS = 30
CLOSING_SECONDS = 120
READS_FLIGHTS = b"\x02find\x00\x08\x00\x00\x00flights\x00"  # as a command of the wire says it
QUIET = (store.OBSERVATIONS, store.FLIGHTS)
FIRST_SEED = int(os.environ.get("CHAOS_SEED", "1"))
A_WORLD = 40  # rounds that one installation lives through
FIRST_SLOT = datetime(2026, 1, 1, tzinfo=UTC)


def batch_of(seed: int) -> int:
    """Rounds of one batch share an installation."""
    return (seed - FIRST_SEED) // A_WORLD


class Round:
    """A slot, its faults, and what was found wrong."""

    def __init__(self, world: World, observer: Observer, watch: Watch, seed: int, number: int) -> None:
        self.world, self.observer, self.watch = world, observer, watch
        self.faults = draw_faults(seed)
        self.slot = f"{FIRST_SLOT + timedelta(hours=2 * number):%Y-%m-%dT%HZ}"
        self.findings: list[str] = []
        self.struck: list[tuple[Fault, bool]] = []

    def play(self) -> list[str]:
        """What is wrong after the round; an empty list is what is promised."""
        self._starts = self.observer.ends()
        self.watch.turn_to(self.slot)
        self.run = self.world.open_run(self.slot)
        for fault in self.faults:
            self._strike(fault)
        self.world.mend()
        if not wait_until(self._is_over, CLOSING_SECONDS, 0.1):
            self.findings.append(f"not over {CLOSING_SECONDS} s after everything was mended: {self._whereabouts()}")
            return self.findings
        self._check_rows()
        self._check_purchases()
        self._check_documents()
        self._check_offsets()
        self._check_closings()
        self._check_answers()
        return self.findings + self.watch.findings

    def _strike(self, fault: Fault) -> None:
        wait_until(lambda: self._has_reached(fault.phase), PHASE_SECONDS)
        time.sleep(fault.wait)
        self.struck.append((fault, self._is_at_work()))
        self._do(fault)
        if fault.whom.startswith(("consumer", "both")):
            self._check_offsets()
        time.sleep(fault.seconds)
        self.world.mend()

    def _is_at_work(self) -> bool:
        """Whether the slot is still open: a fault that comes too late proves nothing."""
        with suppress(Unseen):
            return self.observer.slot(self.slot).get("closed_at") is None
        return True

    def _do(self, fault: Fault) -> None:
        match fault.what:
            case "kill" if fault.whom == "both-consumers":
                self.world.kill("consumer-1")
                self.world.kill("consumer-2")
            case "kill":
                self.world.kill(fault.whom)
            case "stop":
                self.world.signal(fault.whom, signal.SIGSTOP)
            case "stop at a read of":
                self._stop_at_a_read(fault.whom)
            case "fill":
                self.world.limit(fault.whom, 0)
            case "join":
                self.world.begin(fault.whom)
                threading.Timer(fault.seconds, self.world.kill, [fault.whom]).start()
            case "answer":
                self.world.upstream.simulator.control({"faults": {fault.whom: 0.5}})
            case _:
                self._cut(fault)

    def _stop_at_a_read(self, consumer: str) -> None:
        """SIGSTOP as soon as it has asked for flights: it wakes up with what they were, to write over what they are."""
        stopped = threading.Event()

        def stop() -> None:
            self.world.signal(consumer, signal.SIGSTOP)
            stopped.set()

        self.world.lines[f"mongodb of {consumer}"].watch_for(READS_FLIGHTS, stop)
        stopped.wait(PHASE_SECONDS / 10)

    def _cut(self, fault: Fault) -> None:
        for line in [line for name, line in self.world.lines.items() if name.startswith(fault.whom)]:
            match fault.what:
                case "reset":
                    line.reset()
                case "black hole":
                    line.black_hole()
                case "delay":
                    line.delay(fault.seconds)
                case "half an answer":
                    line.half_an_answer()

    def _has_reached(self, phase: str) -> bool:
        run = self.observer.run(self.slot)
        if phase == "consuming":
            with suppress(Unseen):
                return bool(self.observer.observations(self.slot))
            return False
        is_past = run["state"] != "open" or PHASES.index(str(run["step"])) > PHASES.index(phase)
        return is_past or (run["step"] == phase and bool(run["claimed_by"]))

    def _is_over(self) -> bool:
        self.world.supervise()
        with suppress(Unseen):
            is_closed = self.observer.slot(self.slot).get("closed_at") is not None
            return is_closed and self.observer.committed() == self.observer.ends()
        return False

    def _whereabouts(self) -> str:
        run = self.observer.run(self.slot)
        told = {name: run[name] for name in ("state", "step", "error", "claimed_by", "resumes_at")}
        seen = [
            _seen(look) for look in (lambda: self.observer.slot(self.slot), self.observer.committed, self.observer.ends)
        ]
        return f"run {told}; slot, committed and last offsets: {seen}"

    def _check_rows(self) -> None:
        bodies = [page["body"] for page in self.observer.pages(self.run)]
        expected = count_rows(bodies)
        slot = self.observer.slot(self.slot)
        told = {name: slot["counts"][name] for name in expected}
        self._same("rows by the archive and by the slot", expected, told)
        self._same("state", slot["state"], "complete")
        kept = [json.loads(letter["payload"]) for letter in self.observer.dead_letters()]
        self._same("rows neither stored nor kept", [row for row in unusable_rows(bodies) if row not in kept], [])

    def _check_purchases(self) -> None:
        """No page is asked for again once it is archived, by the upstream's own log; none is noted as bought twice."""
        run = self.observer.run(self.slot)
        twice = [page for page, times in Counter(self.observer.bought(run["id"])).items() if times > 1]
        archived = {(page["params"].get("again", ""), page["page"][3:]): page for page in self.observer.pages(self.run)}
        for request in self.world.upstream.simulator.state()["log"]:
            told = request["params"]
            page = archived.get((told.get("again", ""), f"{int(told['offset']) // 100:05d}"))
            at = datetime.fromisoformat(request["at"])
            if page and at >= run_start(run) and at > page["observed_at"]:
                twice.append(f"{page['page']} asked for at {at}, archived at {page['observed_at']}")
        self._same("pages bought twice", twice, [])

    def _check_documents(self) -> None:
        """What an undisturbed run makes of the same bytes, field by field."""
        for page in self.observer.pages(self.run):
            source = msgspec.convert({name: page[name] for name in PageSource.__struct_fields__}, PageSource)
            apply_records(transform_page(page["body"], source, zone_of).records)
        self.findings += compare_documents(self.observer, self.slot)

    def _check_offsets(self) -> None:
        """Whatever is committed is written: an offset must never be ahead of the store."""
        try:
            messages = self.observer.messages(self._starts, self.observer.committed())
            known = self.observer.observations(self.slot)
        except Unseen:
            return  # one of them is down: looked at again at the end
        for message in messages:
            stored = known.get(f"{message['slot']}|{message['flight_id']}")
            if stored is None or stored["last_seen"] < instant(message["last_seen"]):
                self.findings.append(f"{message['flight_id']} is committed but not written")

    def _check_closings(self) -> None:
        said = 0
        for name in ("consumer-1", "consumer-2", "consumer-3"):
            log = self.world.log(name)
            lines = log.read_text(errors="replace").splitlines() if log.exists() else []
            said += sum("slot closed" in line and self.slot in line for line in lines)
        if said > 1:
            self.findings.append(f"the slot was closed {said} times")

    def _check_answers(self) -> None:
        """Every question is answered once, from all that the slot said."""
        answers = self.observer.answers(self.slot)
        told = Counter(str(answer["indicator"]) for answer in answers)
        self._same("answers", told, Counter(list(REGISTRY)))
        counts = [answer["value"]["movements"] for answer in answers if answer["indicator"] == "movements"]
        self._same("movements answered and stored", counts, [len(self.observer.observations(self.slot))])

    def _same(self, what: str, one: object, other: object) -> None:
        if one != other:
            self.findings.append(f"{what}: {one} is not {other}")


def compare_documents(observer: Observer, slot: str) -> list[str]:
    """Where the slot's observations and all flights differ from what the quiet store holds, a line each."""
    quiet = {name: {each["_id"]: each for each in store.collection(name).find({})} for name in QUIET}
    of_slot = {key: each for key, each in quiet[store.OBSERVATIONS].items() if key.startswith(slot)}
    one, other = of_slot | quiet[store.FLIGHTS], observer.observations(slot) | observer.flights()
    keys = sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
    return [f"{key}: {one.get(key)} is not {other.get(key)}" for key in keys]


def _seen(look: Callable[[], object]) -> object:
    try:
        return look()
    except Unseen as error:
        return error


def run_start(run: dict[str, object]) -> datetime:
    return datetime.fromisoformat(str(run["started_at"])).replace(tzinfo=UTC)
