"""Commands of this machine: run to their end, told with their last words when they fail."""

import subprocess
import time
from collections.abc import Callable


def run(words, *, env=None, cwd=None, timeout=900, check=True):
    """What the command printed."""
    done = subprocess.run(words, env=env, cwd=cwd, timeout=timeout, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise AssertionError(
            f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        )
    return done.stdout


def succeeds(*words, env):
    return subprocess.run(words, env=env, capture_output=True, check=False, timeout=60).returncode == 0


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> float:
    """The seconds it took."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.5)
    return time.monotonic() - begun
