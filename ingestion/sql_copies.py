"""The SQL database as a file, whole and of one moment, and put back: SQLite by itself, PostgreSQL by its own tools."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection

from flights.errors import DumpFault
from ingestion import ledger

SQLITE, POSTGRESQL = "sql.sqlite3", "sql.pgdump"


def name() -> str:
    """The name of the file that this installation's database is copied to."""
    return POSTGRESQL if connection.vendor == "postgresql" else SQLITE


def write(folder: Path) -> Path:
    """Raises DumpFault, LedgerUnavailable; others may write to the database meanwhile."""
    path = folder / name()
    if connection.vendor == "postgresql":
        _postgres("pg_dump", "--format=custom", f"--file={path}")
    else:
        with ledger.guarded(), closing(sqlite3.connect(path)) as copy:
            _sqlite().backup(copy)
    return path


def put_back(path: Path) -> None:
    """Into an empty database. Raises DumpFault, LedgerUnavailable."""
    if path.name != name():
        raise DumpFault(f"the backup's {path.name} is not for {connection.vendor}: see DATABASE_URL")
    if connection.vendor == "postgresql":
        _postgres("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(path), database="--dbname")
    else:
        with ledger.guarded(), closing(sqlite3.connect(path)) as copy:
            copy.backup(_sqlite())
    connection.close()  # what was known of the database is of another one


def is_filled() -> bool:
    with ledger.guarded():
        return bool(connection.introspection.table_names())


def empty() -> None:
    """Remove every table."""
    with ledger.guarded():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("DROP SCHEMA public CASCADE")
                cursor.execute("CREATE SCHEMA public")
        else:
            with closing(sqlite3.connect(":memory:")) as nothing:
                nothing.backup(_sqlite())


def _sqlite() -> sqlite3.Connection:
    connection.ensure_connection()
    driver: sqlite3.Connection = connection.connection
    return driver


def _postgres(program: str, *options: str, database: str = "") -> None:
    """Run one of PostgreSQL's own tools on this database; the password goes by the environment."""
    found = shutil.which(program)
    if found is None:
        raise DumpFault(
            f"{program} is not on PATH: install PostgreSQL's client, or run it where it is and call this --without-sql"
        )
    words, told = connection.client.settings_to_cmd_args_env(settings.DATABASES["default"], list(options))
    *place, target = words[1:]
    done = subprocess.run(  # noqa: S603 - our own words and the settings
        [found, *place, *([database] if database else []), target],
        env={"PATH": os.defpath} | (told or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DumpFault(f"{program}: {done.stderr.strip()[-500:]}")
