"""What can go wrong in `flights`; every subclass answers whether trying again can help."""


class FlightsError(Exception):
    retryable = False


class StoreUnavailable(FlightsError):
    """MongoDB could not be reached or did not acknowledge: nothing is known to be written, try again."""

    retryable = True


class BadSlot(FlightsError):
    """The text is no slot: write one as 2026-11-24T04Z, or a day as 2026-11-24."""


class InvalidTime(FlightsError):
    """The text is no local clock time as the upstream writes them."""


class NoIdentity(FlightsError):
    """The values do not say which aircraft movement is meant."""


class SlotIsChanging(FlightsError):
    """The slot's rows are not those of its closing any more: it is being redriven and closes anew soon."""

    retryable = True


class FileNotWritten(FlightsError):
    """The data folder takes no file: no room, or no permission."""

    retryable = True


class ArchiveFault(FlightsError):
    """A month's archive can't be written, read or trusted; the text says what to do."""


class MetricsNotServed(FlightsError):
    """This process can't serve its metrics where METRICS_HOST and METRICS_PORT say; the text says what to do."""
