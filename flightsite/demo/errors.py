"""Why a demo could not come up, in words for the person who started it."""


class DemoError(Exception):
    """A step failed; the message says what to do about it."""


class Interrupted(Exception):
    """Ctrl-C or SIGTERM arrived: stop everything."""
