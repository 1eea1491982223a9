"""One measured part in a fresh process: `python -m bench.child MODULE.FUNCTION JSON`; the answer is the last line."""

import importlib
import json
import logging
import sys
import time
from typing import Any

import django

from bench import memory


def main() -> None:
    module, _, function = sys.argv[1].rpartition(".")
    arguments: dict[str, Any] = json.loads(sys.argv[2])
    django.setup()
    logging.disable(logging.WARNING)
    part = getattr(importlib.import_module(f"bench.{module}"), function)
    before, started, used = memory.resident_mb(), time.perf_counter(), time.process_time()
    told: dict[str, Any] = part(**arguments)
    told.setdefault("seconds", time.perf_counter() - started)
    told |= {"cpu_seconds": time.process_time() - used, "before_mb": before, "peak_mb": memory.peak_mb()}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
