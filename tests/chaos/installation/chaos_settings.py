"""Settings of an installation that is going to be hurt: the real ones, with shorter pauses and small batches.

A slot asks the same question twice, so every flight comes at least twice: what is written is soon
written again, and an old observation always has a newer one to spoil.
"""

from flightsite.settings import *  # noqa: F403
from flightsite.settings import CELERY_BEAT_SCHEDULE

STEP_RETRY_SECONDS = 1
CELERY_BEAT_SCHEDULE["resume-runs"]["schedule"] = 1.0
del CELERY_BEAT_SCHEDULE["collect-slot"]  # a round opens its own slot; the hour's would come in between
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
COLLECTION_PLAN = [{"query": {}, "share": 0.5}, {"query": {"again": "1"}, "share": 0.5}]
KAFKA_PARTITIONS = 3
KAFKA_PRODUCER = {"message.timeout.ms": 15_000, "reconnect.backoff.max.ms": 500}
KAFKA_CONSUMER = {"session.timeout.ms": 6_000, "reconnect.backoff.max.ms": 500}
CONSUMER_BATCH_MESSAGES = 25
