"""How the upstream's answers looked at three times; key orders and shares from recordings."""

from dataclasses import dataclass
from enum import StrEnum


class DelayMode(StrEnum):
    NORMAL = "normal"
    SWAPPED = "swapped"  # each side holds the other side's delay
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Era:
    """Shares count operating movements; on codeshare rows aircraft and live follow the flags."""

    name: str
    scheduled_before_delay: bool  # in `arrival`
    arrival_is_estimated: bool  # false: `estimated` repeats `scheduled`
    aircraft_share: float
    only_icao24: bool  # and then on codeshare rows as well
    live_airborne_share: float
    live_landed_share: float
    offset_first: bool  # in the pagination of reference endpoints


ERAS = {
    era.name: era
    for era in (
        Era(
            name="2023",
            scheduled_before_delay=False,
            arrival_is_estimated=False,
            aircraft_share=0.10,
            only_icao24=False,
            live_airborne_share=0.30,
            live_landed_share=0.06,
            offset_first=False,
        ),
        Era(
            name="2025-05",
            scheduled_before_delay=True,
            arrival_is_estimated=True,
            aircraft_share=0.58,
            only_icao24=False,
            live_airborne_share=0.70,
            live_landed_share=0.22,
            offset_first=True,
        ),
        Era(
            name="2026",
            scheduled_before_delay=True,
            arrival_is_estimated=True,
            aircraft_share=0.95,
            only_icao24=True,
            live_airborne_share=0.0,
            live_landed_share=0.0,
            offset_first=True,
        ),
    )
}
