"""The parts of the state, each read on its own."""

from ingestion.state import queue, quota, runs, schedule, slots, streams, surroundings
from ingestion.state.collecting import Read

PARTS: dict[str, Read] = {
    "build": surroundings.build,
    "schedule": schedule.schedule,
    "pause": schedule.pause,
    "due_slot": schedule.due_slot,
    "slots": slots.slots,
    "runs": runs.runs,
    "quota": quota.quota,
    "letters": streams.letters,
    "lag": streams.lag,
    "queue": queue.queue,
    "heartbeats": queue.beats,
    "dependencies": surroundings.dependencies,
    "disk": surroundings.disk,
}
