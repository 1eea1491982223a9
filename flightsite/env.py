"""The only reader of the environment: typed, checked as a whole, refused at start with every fault named.

Every name may also be given as ``NAME_FILE``, the path of a file that holds the value (secrets).
"""

import ipaddress
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from cronsim import CronSim, CronSimError
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv

from flights.slots import slot_key
from flights.times import utc_now
from flightsite import brokers, collection
from flightsite.embedded import addresses

UPSTREAM = "https://api.aviationstack.com/v1"
SIMULATOR = "http://127.0.0.1:8421/v1"
SIMULATOR_KEY = "0" * 32
DEVELOPMENT_SECRET = "development-only-" + "not-a-secret-" * 3
SECRET_LENGTH = 32
CRON_FIELDS = 5
LOOKED_AT = 3  # ticks of a schedule: of two in an hour these show one pair
WHOLE = 100  # percent
LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Environment:
    """What the process was told; `access_key` is the one secret of the upstream."""

    debug: bool
    secret_key: str
    allowed_hosts: list[str]
    https_only: bool
    trust_proxy_tls: bool
    hsts_days: int
    data_dir: Path
    database_url: str
    mongodb_uri: str
    kafka_bootstrap_servers: str
    kafka_connection: dict[str, str | int | bool]
    kafka_replication_factor: int
    redis_url: str
    access_key: str
    base_url: str
    monthly_requests: int
    schedule: str
    quota: dict[str, Any]
    collection_plan: list[dict[str, Any]]
    cors_allowed_origins: list[str]
    exports_max_mb: int
    reconstruct_slots: bool
    retention_pages_days: int
    retention_topic_days: int
    retention_observations_days: int
    archive_dir: Path
    metrics_host: str
    metrics_port: int | None
    metrics_folder: Path | None


class _Reader:
    """Reads one name after another and keeps every fault, so that all are told at once."""

    def __init__(self) -> None:
        self.env = FileAwareEnv(strip_whitespace=True)
        self.faults: list[str] = []

    def text(self, name: str, default: str, check: Callable[[str], str | None]) -> str:
        try:
            value = self.env.str(name, default).strip()
        except (EnvError, ValueError, OSError) as error:
            self.faults.append(f"{name}: {error}")
            return default
        if value != default and (fault := check(value)):
            self.faults.append(f"{name}: {fault}")
            return default
        return value

    def has_fault(self, name: str) -> bool:
        return any(fault.startswith(f"{name}: ") for fault in self.faults)

    def required(self, name: str, debug: bool, default: str, fault: str) -> str:  # noqa: FBT001
        value = self.text(name, "", _any)
        if not value and not debug:
            self.faults.append(f"{name}: {fault}")
        return value or default


def read_environment() -> Environment:
    """The checked environment; raises ImproperlyConfigured naming every fault."""
    reader = _Reader()
    debug = reader.text("DJANGO_DEBUG", "1", _boolean).lower() in _TRUE
    data_dir = Path(reader.text("FLIGHTSITE_DATA_DIR", ".data", _folder)).absolute()
    services = _services(reader, data_dir, debug=debug)
    kafka = _kafka(reader)
    upstream = _upstream(reader, data_dir, debug=debug)
    secret = reader.required("DJANGO_SECRET_KEY", debug, DEVELOPMENT_SECRET, "must be set when DJANGO_DEBUG is off")
    if len(secret) < SECRET_LENGTH:
        reader.faults.append(f"DJANGO_SECRET_KEY: must have at least {SECRET_LENGTH} characters")
    hosts = reader.required(
        "DJANGO_ALLOWED_HOSTS",
        debug,
        "localhost,127.0.0.1,[::1]",
        "must list the host names served (comma-separated) when DJANGO_DEBUG is off",
    )
    https_only = reader.text("HTTPS_ONLY", "0" if debug else "1", _boolean).lower() in _TRUE
    trust_proxy_tls = reader.text("TRUST_PROXY_TLS", "0", _boolean).lower() in _TRUE
    hsts_days = reader.text("HSTS_DAYS", "30", _hsts_days)
    monthly = reader.text("AVIATIONSTACK_MONTHLY_REQUESTS", "10000", _positive)
    schedule = reader.text("INGEST_SCHEDULE", "0 */2 * * *", _cron)
    quota = _quota(reader)
    plan = reader.text("COLLECTION_PLAN", collection.DEFAULT, collection.fault_of)
    origins = reader.text("CORS_ALLOWED_ORIGINS", "", _origins)
    exports_max_mb = reader.text("EXPORTS_MAX_MB", "2000", _positive)
    reconstruct = reader.text("RECONSTRUCT_SLOTS", "1", _boolean).lower() in _TRUE
    retention_pages = reader.text("RETENTION_PAGES_DAYS", "400", _days)
    retention_topic = reader.text("RETENTION_TOPIC_DAYS", "7", _positive)
    retention_observations = reader.text("RETENTION_OBSERVATIONS_DAYS", "0", _days)
    if 0 < int(retention_observations) <= int(retention_topic):
        reader.faults.append(
            f"RETENTION_OBSERVATIONS_DAYS: must be 0 or more than RETENTION_TOPIC_DAYS ({retention_topic}): "
            "what Kafka still has can come in again"
        )
    archive_dir = Path(reader.text("ARCHIVE_DIR", str(data_dir / "archive"), _folder)).absolute()
    watched = _watched(reader)
    if reader.faults:
        raise ImproperlyConfigured("The environment can't be used:\n  " + "\n  ".join(sorted(reader.faults)))
    return Environment(
        debug=debug,
        secret_key=secret,
        allowed_hosts=_listed(hosts),
        https_only=https_only,
        trust_proxy_tls=trust_proxy_tls,
        hsts_days=int(hsts_days),
        data_dir=data_dir,
        monthly_requests=int(monthly),
        schedule=schedule,
        quota=quota,
        collection_plan=collection.plan_of(plan),
        cors_allowed_origins=_listed(origins),
        exports_max_mb=int(exports_max_mb),
        reconstruct_slots=reconstruct,
        retention_pages_days=int(retention_pages),
        retention_topic_days=int(retention_topic),
        retention_observations_days=int(retention_observations),
        archive_dir=archive_dir,
        **watched,
        **services,
        **kafka,
        **upstream,
    )


def _services(reader: _Reader, data_dir: Path, *, debug: bool) -> dict[str, Any]:
    """The four stores' addresses: as set, else those of the running demo, else the embedded ones."""
    names: dict[str, Callable[[str], str | None]] = {
        "MONGODB_URI": _mongodb_uri,
        "KAFKA_BOOTSTRAP_SERVERS": _bootstrap_servers,
        "REDIS_URL": _redis_url,
        "DATABASE_URL": _database_url,
    }
    told = {name: reader.text(name, "", check) for name, check in names.items()}
    missing = [name for name, value in told.items() if not value]
    if missing and debug and not reader.faults:
        told |= {name: _embedded(data_dir)[name] for name in missing}
    elif not debug:
        reader.faults += [
            f"{name}: must be set when DJANGO_DEBUG is off (embedded servers are for development)"
            for name in missing
            if not reader.has_fault(name)
        ]
    told["DATABASE_URL"] = _with_password(told["DATABASE_URL"], reader.text("DATABASE_PASSWORD", "", _any))
    return {name.lower(): value for name, value in told.items()}


def _kafka(reader: _Reader) -> dict[str, Any]:
    """How the brokers are reached, and how many of them have each message."""
    connection = reader.text("KAFKA_CONNECTION", brokers.DEFAULT, brokers.fault_of)
    copies = reader.text("KAFKA_REPLICATION_FACTOR", "1", _positive)
    return {"kafka_connection": brokers.connection_of(connection), "kafka_replication_factor": int(copies)}


def _with_password(database_url: str, password: str) -> str:
    """The address with the password that was given beside it; one that it holds itself goes before."""
    parts = urlsplit(database_url)
    if not password or not parts.username or parts.password:
        return database_url
    user, _, host = parts.netloc.partition("@")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


def _embedded(data_dir: Path) -> dict[str, str]:
    if state := _running_demo(data_dir):
        return {name.upper(): str(state.get(name, "")) for name in _STATE_NAMES}
    own = addresses.reserve(data_dir)
    return {
        "MONGODB_URI": own.mongodb_uri,
        "KAFKA_BOOTSTRAP_SERVERS": own.kafka_bootstrap_servers,
        "REDIS_URL": own.redis_url,
        "DATABASE_URL": f"sqlite:///{data_dir / 'db.sqlite3'}",
    }


def _upstream(reader: _Reader, data_dir: Path, *, debug: bool) -> dict[str, Any]:
    """Base URL and key: without a key, development talks to the simulator and to nothing else."""
    key = reader.text("AVIATIONSTACK_ACCESS_KEY", "", _access_key)
    base_url = reader.text("AVIATIONSTACK_BASE_URL", "", _base_url).rstrip("/")
    if not base_url and not key and debug:
        base_url = str((_running_demo(data_dir) or {}).get("upstream_url") or SIMULATOR)
    base_url = base_url or UPSTREAM
    if not key and debug and _is_loopback(base_url):
        key = SIMULATOR_KEY
    if not key:
        reader.faults.append("AVIATIONSTACK_ACCESS_KEY: must be set (or its _FILE) to call the API")
    return {"access_key": key, "base_url": base_url}


def _watched(reader: _Reader) -> dict[str, Any]:
    """Where this process serves its metrics, if at all, and the folder in which it counts together with others.

    The folder is made here, before the first counter is: prometheus_client expects it to be there.
    """
    port = reader.text("METRICS_PORT", "", _port)
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")  # not from a file: prometheus_client reads the variable itself
    if folder == "":
        reader.faults.append("PROMETHEUS_MULTIPROC_DIR: must be a folder, or not be set at all; it is empty")
    elif folder:
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reader.faults.append(f"PROMETHEUS_MULTIPROC_DIR: the folder can't be made ({error.strerror})")
    return {
        "metrics_host": reader.text("METRICS_HOST", "127.0.0.1", _host),
        "metrics_port": int(port) if port else None,
        "metrics_folder": Path(folder) if folder else None,
    }


def _quota(reader: _Reader) -> dict[str, Any]:
    """How the month's allowance is shared out, as ingestion/plan.py takes it."""
    defaults = {"QUOTA_RETRY_PERCENT": "2", "QUOTA_PEOPLE_PERCENT": "1", "QUOTA_BACKFILL_PERCENT": "0.25"}
    told = {name: reader.text(name, default, _percent) for name, default in defaults.items()}
    if sum(map(float, told.values())) >= WHOLE:
        reader.faults.append(
            "QUOTA_BACKFILL_PERCENT: must leave something to the schedule, with the other QUOTA_…_PERCENT"
        )
    most = reader.text("SLOT_MAX_PAGES", "", _positive)
    return {
        "reset_day": int(reader.text("QUOTA_RESET_DAY", "1", _day_of_month)),
        **{name.removeprefix("QUOTA_").lower(): float(value) for name, value in told.items()},
        "slot_max_pages": int(most) if most else None,
    }


def _running_demo(data_dir: Path) -> dict[str, object] | None:
    """The state file of a demo that is up on this folder, so that commands by hand find its servers."""
    try:
        state = json.loads((data_dir / "state.json").read_text())
        os.kill(int(state["pids"]["demo"]), 0)
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None
    return dict(state)


_STATE_NAMES = ("mongodb_uri", "kafka_bootstrap_servers", "redis_url", "database_url")
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def _boolean(value: str) -> str | None:
    return None if value.lower() in _TRUE | _FALSE else "must be one of 1, 0, true, false, yes, no, on, off"


def _folder(value: str) -> str | None:
    return "must be a folder, but a file is there" if Path(value).is_file() else None


def _listed(value: str) -> list[str]:
    return [each.strip() for each in value.split(",") if each.strip()]


def _origins(value: str) -> str | None:
    ok = all(re.fullmatch(r"https?://[a-z0-9.\-\[\]:]+", origin) for origin in _listed(value))
    return None if ok else "must list origins such as https://reports.example.org (comma-separated, without a path)"


def _any(_value: str) -> str | None:
    return None


def _positive(value: str) -> str | None:
    return None if value.isdecimal() and int(value) > 0 else "must be a whole number above 0"


def _port(value: str) -> str | None:
    ok = value.isdecimal() and 0 < int(value) <= LAST_PORT
    return None if ok else f"must be a port, 1 to {LAST_PORT}; empty: not served"


def _host(value: str) -> str | None:
    return (
        None if re.fullmatch(r"[\w.:\-]+", value) else "must be an address to listen at, such as 127.0.0.1 or 0.0.0.0"
    )


def _days(value: str) -> str | None:
    return None if value.isdecimal() else "must be a whole number of days; 0 keeps for ever"


def _hsts_days(value: str) -> str | None:
    return None if re.fullmatch(r"\d{1,3}", value, re.ASCII) else "must be a whole number of days, at most 999; 0: none"


def _percent(value: str) -> str | None:
    ok = re.fullmatch(r"\d{1,2}(\.\d{1,3})?", value, re.ASCII)
    return None if ok else "must be a share of the allowance in percent, such as 2 or 0.5"


def _day_of_month(value: str) -> str | None:
    ok = re.fullmatch(r"[1-9]|[12]\d|3[01]", value, re.ASCII)
    return None if ok else "must be a day of the month, 1 to 31 (in shorter months: their last)"


def _cron(value: str) -> str | None:
    try:
        ticks = list(islice(CronSim(value, utc_now()), LOOKED_AT))
    except CronSimError as error:
        return f"must be five cron fields such as '0 */2 * * *' (UTC): {error}"
    if len(value.split()) != CRON_FIELDS:
        return "must have five cron fields"
    if len({slot_key(tick) for tick in ticks}) < len(ticks):
        return "must have one tick an hour at the most: a slot is named by its hour"
    return None


def _access_key(value: str) -> str | None:
    return None if re.fullmatch(r"[!-~]{8,128}", value) else "must be 8 to 128 characters without spaces"


def _base_url(value: str) -> str | None:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # a bracket left open, a port that is no number
        usable = None
    if not usable or parts.query or parts.fragment:
        return "must be an http(s) URL with its version, such as https://api.aviationstack.com/v1"
    return None


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _mongodb_uri(value: str) -> str | None:
    ok = re.match(r"mongodb(\+srv)?://[^\s/]+", value)
    return None if ok else "must look like mongodb://host:27017/database"


def _bootstrap_servers(value: str) -> str | None:
    ok = all(re.fullmatch(r"[\w.\-\[\]:]+:\d{1,5}", server.strip()) for server in value.split(","))
    return None if ok else "must look like host:9092[,host:9092]"


def _redis_url(value: str) -> str | None:
    return None if re.match(r"(rediss?|unix)://\S+", value) else "must look like redis://host:6379/0"


def _database_url(value: str) -> str | None:
    ok = re.match(r"(sqlite:///|postgres(ql)?://[^\s/]+/)\S+", value)
    return None if ok else "must look like sqlite:////folder/db.sqlite3 or postgres://user@host:5432/name"
