"""What every process has to load, looked at in a process of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ASK = """
import sys, django
django.setup()
import ingestion.tasks, streaming.management.commands.consume
print([name for name in ("pyarrow", "pandas", "numpy") if name in sys.modules])
"""


def test_worker_beat_and_consumer_load_no_parquet_which_takes_50_mb_of_each():
    ran = [sys.executable, "-W", "ignore", "-c", ASK]
    done = subprocess.run(ran, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
