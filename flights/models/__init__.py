"""The documents of flights, observations and slots as models: for browsing. Hot paths use flights/store.py.

Unmanaged and never written: the collections belong to flights/services.py. A field the document lacks reads
as None, a field the model lacks is left out; dates stay out of JSONField, where one breaks every read.
"""

from flights.models.movements import (
    Aircraft,
    Flight,
    FlightEnd,
    LivePosition,
    Moment,
    Movement,
    MovementQuerySet,
    Observation,
    Operating,
)
from flights.models.reference import (
    ReferenceAircraftType,
    ReferenceAirframe,
    ReferenceAirline,
    ReferenceAirport,
    ReferenceCountry,
    ReferenceCounts,
    ReferenceRow,
    ReferenceVersion,
)
from flights.models.slots import (
    Completeness,
    Reconstruction,
    Slot,
    SlotCounts,
)

__all__ = [
    "Aircraft",
    "Completeness",
    "Flight",
    "FlightEnd",
    "LivePosition",
    "Moment",
    "Movement",
    "MovementQuerySet",
    "Observation",
    "Operating",
    "Reconstruction",
    "ReferenceAircraftType",
    "ReferenceAirframe",
    "ReferenceAirline",
    "ReferenceAirport",
    "ReferenceCountry",
    "ReferenceCounts",
    "ReferenceRow",
    "ReferenceVersion",
    "Slot",
    "SlotCounts",
]
