"""Who calls a command."""

import getpass
from contextlib import suppress


def whoami() -> str:
    """The login name, where there is one."""
    with suppress(KeyError, OSError, ImportError):
        return getpass.getuser()
    return "command line"
