"""`python -m bench.demo`: how soon bin/demo is ready, on a new and a used data folder, and its memory then."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from bench.servers import ROOT

SETTLE_SECONDS = 20.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.demo", description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, help="data folders; each is used twice (default: 3)")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "demo.json", help="JSON file")
    given = parser.parse_args()
    starts: dict[str, list[dict[str, Any]]] = {"new folder": [], "used folder": []}
    for _ in range(given.repeat):
        with tempfile.TemporaryDirectory(prefix="flightsite-demo-") as folder:
            for kind, told in starts.items():
                told.append(_start(Path(folder)))
                _say(f"{kind}: ready after {told[-1]['ready']:.1f} s, {sum(told[-1]['pss_mb'].values()):.0f} MB")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(starts, indent=1))
    for kind, told in starts.items():
        ready, pss = [each["ready"] for each in told], [sum(each["pss_mb"].values()) for each in told]
        print(f"{kind:<12} ready {median(ready):5.1f} s (max {max(ready):.1f})  PSS {median(pss):5.0f} MB", flush=True)


def _start(folder: Path) -> dict[str, Any]:
    """One demo from its start until some time after its slot was stored."""
    words = [str(ROOT / "bin" / "demo"), "--port", "0", "--json", "--data-dir", str(folder)]
    began = time.monotonic()
    demo = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        if not demo.stdout or not demo.stdout.readline():
            raise RuntimeError(f"the demo did not get ready: see {folder / 'logs'}")
        ready = time.monotonic() - began
        time.sleep(SETTLE_SECONDS)
        return {"ready": ready, "pss_mb": _pss_of_tree(psutil.Process(demo.pid))}
    finally:
        demo.terminate()
        demo.communicate()


def _pss_of_tree(top: psutil.Process) -> dict[str, float]:
    """Megabytes by process; shared pages are divided among those that share them."""
    return {
        f"{process.pid} {' '.join(process.cmdline()[:4])[-60:]}": process.memory_full_info().pss / 2**20
        for process in [top, *top.children(recursive=True)]
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
