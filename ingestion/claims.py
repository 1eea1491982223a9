"""Being the only worker of a run: taken for a while, held while it works, given back; lost means to stop at once."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from flights.times import utc_now
from ingestion.errors import JobRests, RunBusy
from ingestion.jobs import GOING, Backfill
from ingestion.models import Run, RunQuerySet, RunState, Step

LEASE = timedelta(minutes=4)


@dataclass(frozen=True, slots=True)
class Claim:
    """One step of a run in the hands of one process; whatever it writes fails once the run is not its own."""

    run: Run
    step: Step
    holder: str

    @classmethod
    def take(cls, run: Run, step: Step, now: datetime) -> Self | None:
        """Take the run; None when another process has it."""
        claim = cls(run, step, _holder())
        return claim if _taken(claim._mine(), run, claim.holder, now) else None

    def hold(self) -> None:
        """Stay the run's worker; raises RunBusy when it was taken over, given up, or brought to another step, and
        JobRests when its backfill was paused or cancelled."""
        if self._renew(utc_now()):
            return
        if Backfill.objects.filter(runs=self.run.pk).exclude(state__in=GOING).exists():
            raise JobRests(f"the backfill of {self.run} rests")
        raise RunBusy(f"{self.run} is not this process' any more")

    def change(self, **values: Any) -> None:
        """Write to the run; raises RunBusy, and writes nothing, when it is not this process' any more."""
        mine = Run.objects.open().filter(pk=self.run.pk, step=self.step, claimed_by=self.holder)
        if mine.update(**values) != 1:
            raise RunBusy(f"{self.run} is not this process' any more")
        for name, value in values.items():
            setattr(self.run, name, value)

    def release(self) -> None:
        Run.objects.release(self.run.pk, self.holder)

    def _renew(self, now: datetime) -> bool:
        return self._mine().claim(self.run.pk, self.holder, now, LEASE)

    def _mine(self) -> RunQuerySet:
        return Run.objects.to_work_on().filter(step=self.step)


@contextmanager
def holding(run: Run) -> Iterator[Callable[[], None]]:
    """Be the only one at work on a run that is published; hands out what keeps it so. Raises RunBusy."""
    holder, runs = _holder(), Run.objects.published()

    def hold() -> None:
        if not runs.claim(run.pk, holder, utc_now(), LEASE):
            raise RunBusy(f"another process took over {run}")

    if not _taken(runs, run, holder, utc_now()):
        raise RunBusy(f"another process works on {run}")
    try:
        yield hold
    finally:
        Run.objects.release(run.pk, holder)


def _taken(runs: RunQuerySet, run: Run, holder: str, now: datetime) -> bool:
    """Whether the run could be taken; the claim of a process of this host that is gone does not count."""
    if runs.claim(run.pk, holder, now, LEASE):
        return True
    run.refresh_from_db(fields=["claimed_by"])
    if not is_gone(run.claimed_by):
        return False
    Run.objects.release(run.pk, run.claimed_by)
    return runs.claim(run.pk, holder, now, LEASE)


def is_free(run: Run, now: datetime) -> bool:
    """Whether the run is open, its pause over, and nobody works on it."""
    waits = run.resumes_at is not None and run.resumes_at > now
    claimed = run.claimed_until is not None and run.claimed_until >= now
    return run.state == RunState.OPEN and not waits and (not claimed or is_gone(run.claimed_by))


def is_gone(holder: str) -> bool:
    """Whether the claiming process ran on this host and is not there any more."""
    host, _, pid = holder.rpartition(":")
    if host.partition("#")[0] != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _holder() -> str:
    """This thread: the admin's threads are one process, and only one of them may have a run."""
    return f"{socket.gethostname()}#{threading.get_native_id()}:{os.getpid()}"
