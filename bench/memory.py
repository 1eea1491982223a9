"""A process' memory in megabytes, as Linux tells it; None elsewhere."""

from pathlib import Path


def resident_mb() -> float | None:
    return _status("VmRSS")


def peak_mb() -> float | None:
    """The highest resident size of this process alone: `ru_maxrss` would remember the parent's."""
    return _status("VmHWM")


def _status(name: str) -> float | None:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:")), None)
