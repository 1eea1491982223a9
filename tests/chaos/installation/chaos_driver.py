"""Opens the run of a slot in the installation: reads a slot a line, answers with the run's key."""

import sys

import django

django.setup()

from flights.times import utc_now  # noqa: E402 - Django first
from ingestion.services import open_run  # noqa: E402

for line in sys.stdin:
    run, _is_new = open_run(line.strip(), "chaos", utc_now())
    print(run.key, flush=True)  # noqa: T201 - the answer
