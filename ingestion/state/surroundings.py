"""What the installation stands on: the four servers, the disk, and the version of it all."""

import platform
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from shutil import disk_usage

from django.conf import settings
from prometheus_client.core import GaugeMetricFamily, Metric

from ingestion.dependencies import checked
from ingestion.state.families import gauges


def build(_now: datetime) -> Iterator[Metric]:
    info = GaugeMetricFamily("flightsite_build_info", "The version, and Python's.", labels=["version", "python"])
    info.add_metric([settings.VERSION, platform.python_version()], 1)
    yield info


def dependencies(_now: datetime) -> Iterator[Metric]:
    """Asked side by side: one that hangs takes no other's time."""
    found = checked()
    up = {name: float(check.error is None) for name, check in found.items()}
    seconds = {name: check.seconds for name, check in found.items()}
    yield gauges("flightsite_dependency_up", "1: the server answers.", "dependency", up)
    yield gauges("flightsite_dependency_check_seconds", "Seconds until it did, or failed to.", "dependency", seconds)


def disk(_now: datetime) -> Iterator[Metric]:
    folders = {"data": settings.DATA_DIR, "archive": settings.ARCHIVE_DIR}
    found = {name: disk_usage(_present(folder)) for name, folder in folders.items()}
    free = {name: float(usage.free) for name, usage in found.items()}
    size = {name: float(usage.total) for name, usage in found.items()}
    yield gauges("flightsite_disk_free_bytes", "Room on the folder's disk.", "folder", free)
    yield gauges("flightsite_disk_size_bytes", "Size of the folder's disk.", "folder", size)


def _present(folder: Path) -> Path:
    """The folder, or where it will be made."""
    return next(each for each in (folder, *folder.parents) if each.is_dir())
