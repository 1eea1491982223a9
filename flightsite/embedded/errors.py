"""What a person is told when an embedded server cannot be had: always one sentence to act on."""


class EmbeddedServerError(Exception):
    """An embedded server could not be fetched, started or stopped."""


class JarsUnavailable(EmbeddedServerError):
    """Kafka's jars are not in the cache and could not be fetched whole."""


class PortTaken(EmbeddedServerError):
    """Another program listens on a port that a data folder keeps for itself."""


class FolderInUse(EmbeddedServerError):
    """Another process runs servers on the same data folder."""


class DiskFull(EmbeddedServerError):
    """Too little space is left for servers that must be able to write."""


class StartFailed(EmbeddedServerError):
    """A server ended, or did not answer in time."""
