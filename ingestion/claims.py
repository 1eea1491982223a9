"""Being the only worker of a run: taken for a while, held while it works, given back; lost means to stop at once."""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from flights.times import utc_now
from ingestion.errors import RunBusy
from ingestion.models import Run, RunState, Step

LEASE = timedelta(minutes=4)


@dataclass(frozen=True, slots=True)
class Claim:
    """One step of a run in the hands of one process; whatever it writes fails once the run is not its own."""

    run: Run
    step: Step
    holder: str

    @classmethod
    def take(cls, run: Run, step: Step, now: datetime) -> Self | None:
        """Take the run; None when another process has it. A process of this host that is gone does not count."""
        claim = cls(run, step, _holder())
        if claim._renew(now):
            return claim
        run.refresh_from_db(fields=["claimed_by"])
        if not is_gone(run.claimed_by):
            return None
        Run.objects.release(run.pk, run.claimed_by)
        return claim if claim._renew(now) else None

    def hold(self) -> None:
        """Stay the run's worker; raises RunBusy when it was taken over, given up, or brought to another step."""
        if not self._renew(utc_now()):
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
        return Run.objects.filter(step=self.step).claim(self.run.pk, self.holder, now, LEASE)


def is_free(run: Run, now: datetime) -> bool:
    """Whether the run is open, its pause over, and nobody works on it."""
    waits = run.resumes_at is not None and run.resumes_at > now
    claimed = run.claimed_until is not None and run.claimed_until >= now
    return run.state == RunState.OPEN and not waits and (not claimed or is_gone(run.claimed_by))


def is_gone(holder: str) -> bool:
    """Whether the claiming process ran on this host and is not there any more."""
    host, _, pid = holder.rpartition(":")
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _holder() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
