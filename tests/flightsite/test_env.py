import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from flightsite.embedded import addresses
from flightsite.env import DEVELOPMENT_SECRET, SIMULATOR, SIMULATOR_KEY, UPSTREAM, read_environment
from ingestion.plan import Terms

NAMES = [
    "DJANGO_DEBUG",
    "DJANGO_SECRET_KEY",
    "DJANGO_ALLOWED_HOSTS",
    "HTTPS_ONLY",
    "TRUST_PROXY_TLS",
    "HSTS_DAYS",
    "FLIGHTSITE_DATA_DIR",
    "DATABASE_URL",
    "MONGODB_URI",
    "KAFKA_BOOTSTRAP_SERVERS",
    "KAFKA_CONNECTION",
    "KAFKA_REPLICATION_FACTOR",
    "DATABASE_PASSWORD",
    "REDIS_URL",
    "AVIATIONSTACK_ACCESS_KEY",
    "AVIATIONSTACK_BASE_URL",
    "AVIATIONSTACK_MONTHLY_REQUESTS",
    "INGEST_SCHEDULE",
    "QUOTA_RESET_DAY",
    "QUOTA_RETRY_PERCENT",
    "QUOTA_PEOPLE_PERCENT",
    "QUOTA_BACKFILL_PERCENT",
    "SLOT_MAX_PAGES",
    "CORS_ALLOWED_ORIGINS",
    "EXPORTS_MAX_MB",
    "RETENTION_OBSERVATIONS_DAYS",
    "ARCHIVE_DIR",
    "METRICS_HOST",
    "METRICS_PORT",
]
PRODUCTION = {
    "DJANGO_DEBUG": "0",
    "DJANGO_SECRET_KEY": "s" * 40,
    "DJANGO_ALLOWED_HOSTS": "flights.example.org, www.example.org,",
    "HTTPS_ONLY": "1",
    "TRUST_PROXY_TLS": "1",
    "HSTS_DAYS": "365",
    "FLIGHTSITE_DATA_DIR": "/var/lib/flightsite",
    "DATABASE_URL": "postgres://flightsite:pw@sql:5432/flightsite",
    "MONGODB_URI": "mongodb+srv://flightsite:pw@mongodb/flightsite",
    "KAFKA_BOOTSTRAP_SERVERS": "kafka-1:9092, [::1]:9093",
    "KAFKA_CONNECTION": '{"security.protocol": "SASL_SSL", "socket.keepalive.enable": true}',
    "KAFKA_REPLICATION_FACTOR": "3",
    "DATABASE_PASSWORD": "of no use: the address has one",
    "REDIS_URL": "rediss://redis:6379/0",
    "AVIATIONSTACK_ACCESS_KEY": "0123456789abcdef0123456789abcdef",
    "AVIATIONSTACK_MONTHLY_REQUESTS": "50000",
    "INGEST_SCHEDULE": "15 */3 * * *",
    "QUOTA_RESET_DAY": "31",
    "QUOTA_RETRY_PERCENT": "0",
    "QUOTA_PEOPLE_PERCENT": "0.5",
    "QUOTA_BACKFILL_PERCENT": "10",
    "SLOT_MAX_PAGES": "60",
    "CORS_ALLOWED_ORIGINS": "https://reports.example.org, http://localhost:8888",
    "EXPORTS_MAX_MB": "500",
    "RETENTION_OBSERVATIONS_DAYS": "400",
    "ARCHIVE_DIR": "/var/lib/archive",
    "METRICS_HOST": "0.0.0.0",  # noqa: S104 - as in a container
    "METRICS_PORT": "9100",
}
STORES = {
    "mongodb_uri": "mongodb://127.0.0.1:21001/flightsite",
    "kafka_bootstrap_servers": "127.0.0.1:21002",
    "redis_url": "redis://127.0.0.1:21003/0",
    "database_url": "sqlite:////demo/db.sqlite3",
}
SECRET = "hush-hush-hush"  # noqa: S105 - a stand-in


@pytest.fixture
def told(monkeypatch, tmp_path):
    """Reads the environment with these names set, no others, and a data folder of its own."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    monkeypatch.setenv("FLIGHTSITE_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def read(**names):
        for name, value in names.items():
            monkeypatch.setenv(name, value)
        return read_environment()

    return read


@pytest.fixture
def faults(told):
    """The faults of an environment that can't be used, one line each."""

    def read(**names):
        with pytest.raises(ImproperlyConfigured, match="can't be used") as caught:
            told(**names)
        return [line.strip() for line in str(caught.value).splitlines()[1:]]

    return read


@pytest.fixture
def demo(tmp_path):
    """Writes the state file of a demo with this process id."""

    def write(pid, **changes):
        state = {**STORES, "upstream_url": "http://127.0.0.1:21004/v1", "pids": {"demo": pid}} | changes
        (tmp_path / "state.json").write_text(json.dumps(state))

    return write


@pytest.fixture
def dead_pid():
    """The id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def stores_of(environment):
    return {name: getattr(environment, name) for name in STORES}


def test_nothing_set_is_a_development_system_with_embedded_servers(told, tmp_path):
    environment = told()
    own = addresses.reserve(tmp_path)
    assert stores_of(environment) == {
        "mongodb_uri": own.mongodb_uri,
        "kafka_bootstrap_servers": own.kafka_bootstrap_servers,
        "redis_url": own.redis_url,
        "database_url": f"sqlite:///{tmp_path}/db.sqlite3",
    }


def test_nothing_set_is_a_development_system_that_talks_to_the_simulator(told):
    environment = told()
    assert (environment.base_url, environment.access_key) == (SIMULATOR, SIMULATOR_KEY)


def test_nothing_set_has_the_defaults_of_development(told):
    environment = told()
    assert (environment.debug, environment.secret_key) == (True, DEVELOPMENT_SECRET)
    assert environment.allowed_hosts == ["localhost", "127.0.0.1", "[::1]"]
    assert (environment.monthly_requests, environment.schedule) == (10_000, "0 */2 * * *")
    assert Terms(allowance=10_000, schedule="0 */2 * * *", **environment.quota) == Terms(
        allowance=10_000, schedule="0 */2 * * *"
    )
    assert (environment.cors_allowed_origins, environment.exports_max_mb) == ([], 2_000)


def test_the_data_folder_is_below_the_working_folder_unless_named(told, monkeypatch, tmp_path):
    monkeypatch.delenv("FLIGHTSITE_DATA_DIR")
    assert told().data_dir == tmp_path / ".data"


def test_production_takes_every_name(told):
    environment = told(**PRODUCTION)
    assert {name.upper(): value for name, value in stores_of(environment).items()}.items() <= PRODUCTION.items()
    assert (environment.debug, environment.data_dir) == (False, Path("/var/lib/flightsite"))
    assert environment.allowed_hosts == ["flights.example.org", "www.example.org"]
    assert (environment.monthly_requests, environment.schedule) == (50_000, "15 */3 * * *")
    shares = {"retry_percent": 0, "people_percent": 0.5, "backfill_percent": 10}
    assert environment.quota == {"reset_day": 31, "slot_max_pages": 60, **shares}
    assert environment.cors_allowed_origins == ["https://reports.example.org", "http://localhost:8888"]
    assert environment.exports_max_mb == 500
    assert environment.kafka_replication_factor == 3
    assert environment.kafka_connection == {"security.protocol": "SASL_SSL", "socket.keepalive.enable": True}
    assert (environment.https_only, environment.trust_proxy_tls, environment.hsts_days) == (True, True, 365)
    assert (environment.base_url, environment.secret_key) == (UPSTREAM, "s" * 40)
    assert environment.access_key == PRODUCTION["AVIATIONSTACK_ACCESS_KEY"]


@pytest.mark.parametrize(
    "name",
    [
        "DJANGO_SECRET_KEY",
        "DJANGO_ALLOWED_HOSTS",
        "DATABASE_URL",
        "MONGODB_URI",
        "KAFKA_BOOTSTRAP_SERVERS",
        "REDIS_URL",
        "AVIATIONSTACK_ACCESS_KEY",
    ],
)
def test_production_refuses_a_name_that_is_unset(faults, name):
    (fault,) = faults(**PRODUCTION | {name: ""})
    assert fault.startswith(f"{name}: must ")


def test_production_tells_all_unset_names_at_once(faults):
    assert [line.split(":")[0] for line in faults(DJANGO_DEBUG="0")] == [
        "AVIATIONSTACK_ACCESS_KEY",
        "DATABASE_URL",
        "DJANGO_ALLOWED_HOSTS",
        "DJANGO_SECRET_KEY",
        "KAFKA_BOOTSTRAP_SERVERS",
        "MONGODB_URI",
        "REDIS_URL",
    ]


def test_a_malformed_address_is_told_once(faults):
    told = faults(**PRODUCTION | {"MONGODB_URI": "nonsense"})
    assert [line.split(":")[0] for line in told] == ["MONGODB_URI"]


@pytest.mark.parametrize("text", ["1", "true", "YES", "On"])
def test_debug_is_switched_on_by_the_usual_words(told, text):
    assert told(DJANGO_DEBUG=text).debug


@pytest.mark.parametrize("text", ["0", "false", "NO", "Off"])
def test_debug_is_switched_off_by_the_usual_words(told, text):
    assert not told(**PRODUCTION | {"DJANGO_DEBUG": text}).debug


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DJANGO_DEBUG", "maybe"),
        ("DJANGO_SECRET_KEY", "short"),
        ("DATABASE_URL", "mysql://host/name"),
        ("DATABASE_URL", "postgres://host"),
        ("MONGODB_URI", "127.0.0.1:27017"),
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka"),
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092,"),
        ("KAFKA_CONNECTION", "security.protocol=SSL"),
        ("KAFKA_CONNECTION", '["security.protocol"]'),
        ("KAFKA_CONNECTION", '{"security.protocol": null}'),
        ("KAFKA_CONNECTION", '{"acks": 1}'),
        ("KAFKA_CONNECTION", '{"bootstrap.servers": "kafka:9092"}'),
        ("KAFKA_REPLICATION_FACTOR", "0"),
        ("REDIS_URL", "http://redis"),
        ("AVIATIONSTACK_ACCESS_KEY", "two words"),
        ("AVIATIONSTACK_ACCESS_KEY", "short"),
        ("AVIATIONSTACK_BASE_URL", "api.aviationstack.com"),
        ("AVIATIONSTACK_BASE_URL", "http:///v1"),
        ("AVIATIONSTACK_BASE_URL", "http://[::1/v1"),
        ("AVIATIONSTACK_BASE_URL", "http://host:port/v1"),
        ("AVIATIONSTACK_BASE_URL", "https://host/v1?access_key=1"),
        ("AVIATIONSTACK_BASE_URL", "https://host/v1#top"),
        ("AVIATIONSTACK_MONTHLY_REQUESTS", "0"),
        ("AVIATIONSTACK_MONTHLY_REQUESTS", "-5"),
        ("AVIATIONSTACK_MONTHLY_REQUESTS", "many"),
        ("QUOTA_RESET_DAY", "0"),
        ("QUOTA_RESET_DAY", "32"),
        ("QUOTA_RETRY_PERCENT", "-1"),
        ("QUOTA_PEOPLE_PERCENT", "1e1"),
        ("QUOTA_BACKFILL_PERCENT", "97"),
        ("SLOT_MAX_PAGES", "0"),
        ("CORS_ALLOWED_ORIGINS", "*"),
        ("CORS_ALLOWED_ORIGINS", "reports.example.org"),
        ("CORS_ALLOWED_ORIGINS", "https://reports.example.org/path"),
        ("HTTPS_ONLY", "always"),
        ("TRUST_PROXY_TLS", "nginx"),
        ("HSTS_DAYS", "-1"),
        ("HSTS_DAYS", "1000"),
        ("EXPORTS_MAX_MB", "0"),
        ("EXPORTS_MAX_MB", "2 GB"),
        ("RETENTION_OBSERVATIONS_DAYS", "-1"),
        ("RETENTION_OBSERVATIONS_DAYS", "7"),
        ("INGEST_SCHEDULE", "hourly"),
        ("INGEST_SCHEDULE", "99 * * * *"),
        ("INGEST_SCHEDULE", "0 0 30 2 *"),
        ("INGEST_SCHEDULE", "0 0 * * * *"),
        ("INGEST_SCHEDULE", "*/10 * * * *"),
        ("INGEST_SCHEDULE", "5,50 3 29 2 *"),
    ],
)
def test_a_value_that_can_not_be_used_is_refused_by_its_name(faults, name, value):
    (fault,) = faults(**{name: value})
    assert fault.startswith(f"{name}: must ")


def test_a_data_folder_that_is_a_file_is_refused(faults, tmp_path):
    (tmp_path / "taken").write_text("")
    assert faults(FLIGHTSITE_DATA_DIR=str(tmp_path / "taken")) == [
        "FLIGHTSITE_DATA_DIR: must be a folder, but a file is there"
    ]


def test_a_faulty_environment_reserves_no_ports(faults, tmp_path):
    faults(INGEST_SCHEDULE="hourly", REDIS_URL="http://redis")
    assert list(tmp_path.iterdir()) == []


def test_faults_of_several_names_are_told_at_once(faults):
    names = {"DJANGO_DEBUG": "maybe", "REDIS_URL": "http://redis", "INGEST_SCHEDULE": "hourly"}
    assert [line.split(":")[0] for line in faults(**names)] == sorted(names)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", f"mysql://flightsite:{SECRET}@host/name"),
        ("MONGODB_URI", f"mongo://flightsite:{SECRET}@host/name"),
        ("REDIS_URL", f"http://:{SECRET}@redis"),
        ("KAFKA_BOOTSTRAP_SERVERS", f"{SECRET}@kafka"),
        ("KAFKA_CONNECTION", f'{{"sasl.password": "{SECRET}"'),
        ("KAFKA_CONNECTION", f'{{"sasl.password": "{SECRET}", "group.id": "mine"}}'),
        ("AVIATIONSTACK_ACCESS_KEY", f"{SECRET} {SECRET}"),
        ("AVIATIONSTACK_BASE_URL", f"https://host/v1?access_key={SECRET}"),
        ("AVIATIONSTACK_BASE_URL", f"https://user:{SECRET}@[host/v1"),
        ("DJANGO_SECRET_KEY", SECRET),
    ],
)
def test_a_fault_never_shows_the_value(faults, name, value):
    assert SECRET not in " ".join(faults(**{name: value}))


@pytest.mark.parametrize("name", NAMES[1:])
def test_every_name_may_be_the_path_of_a_file_that_holds_the_value(told, tmp_path, name):
    names = PRODUCTION | {"AVIATIONSTACK_BASE_URL": "https://proxy.example.org/v1"}
    value = names.pop(name)
    (tmp_path / "secret").write_text(f"{value}\n")
    from_file = told(**names, **{f"{name}_FILE": str(tmp_path / "secret")})
    assert from_file == told(**names, **{name: value, f"{name}_FILE": ""})


def test_a_password_beside_the_database_s_address_is_put_into_it(told):
    without = {"DATABASE_URL": "postgres://flightsite@sql:5432/flightsite?sslmode=require"}
    environment = told(**PRODUCTION | without | {"DATABASE_PASSWORD": "p@ss/word"})
    assert environment.database_url == "postgres://flightsite:p%40ss%2Fword@sql:5432/flightsite?sslmode=require"


@pytest.mark.parametrize("address", ["sqlite:////folder/db.sqlite3", "postgres://flightsite:own@sql:5432/flightsite"])
def test_an_address_that_takes_no_password_or_has_one_stays_as_it_is(told, address):
    environment = told(**PRODUCTION | {"DATABASE_URL": address, "DATABASE_PASSWORD": "p@ss/word"})
    assert environment.database_url == address


@pytest.mark.parametrize("made", ["missing", "folder", "binary"])
def test_a_file_that_can_not_be_read_is_a_fault_of_its_name(faults, tmp_path, made):
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (fault,) = faults(AVIATIONSTACK_ACCESS_KEY_FILE=str(tmp_path / made))
    assert fault.startswith("AVIATIONSTACK_ACCESS_KEY: ")


def test_a_key_without_a_base_url_goes_to_the_real_upstream(told):
    environment = told(AVIATIONSTACK_ACCESS_KEY=PRODUCTION["AVIATIONSTACK_ACCESS_KEY"])
    assert environment.base_url == UPSTREAM


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_an_upstream_on_this_machine_needs_no_key_in_development(told, host):
    environment = told(AVIATIONSTACK_BASE_URL=f"http://{host}:8421/v1/")
    assert (environment.base_url, environment.access_key) == (f"http://{host}:8421/v1", SIMULATOR_KEY)


def test_an_upstream_elsewhere_needs_a_key(faults):
    (fault,) = faults(AVIATIONSTACK_BASE_URL="https://api.example.org/v1")
    assert fault.startswith("AVIATIONSTACK_ACCESS_KEY: must be set")


def test_the_servers_of_a_running_demo_are_used(told, demo):
    demo(os.getpid())
    environment = told()
    assert stores_of(environment) == STORES
    assert environment.base_url == "http://127.0.0.1:21004/v1"


def test_an_address_that_is_set_goes_before_the_running_demo(told, demo):
    demo(os.getpid())
    environment = told(REDIS_URL="redis://redis:6379/0")
    assert stores_of(environment) == STORES | {"redis_url": "redis://redis:6379/0"}


def test_a_running_demo_without_an_upstream_leaves_the_simulator(told, demo):
    demo(os.getpid(), upstream_url=None)
    assert told().base_url == SIMULATOR


def test_the_servers_of_a_demo_that_has_ended_are_not_used(told, demo, dead_pid):
    demo(dead_pid)
    environment = told()
    assert set(stores_of(environment).values()).isdisjoint(STORES.values())
    assert environment.base_url == SIMULATOR


@pytest.mark.parametrize("pid", [None, "none", 10**30])
def test_a_demo_whose_process_id_is_nonsense_is_not_running(told, demo, pid):
    demo(pid)
    assert told().base_url == SIMULATOR


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pids": 5}'])
def test_a_state_file_that_can_not_be_read_is_no_running_demo(told, tmp_path, text):
    (tmp_path / "state.json").write_text(text)
    assert told().base_url == SIMULATOR


def test_no_metrics_are_served_and_nothing_is_shared_unless_it_is_said(told):
    environment = told()
    assert (environment.metrics_host, environment.metrics_port, environment.metrics_folder) == ("127.0.0.1", None, None)
    assert told(METRICS_PORT="").metrics_port is None


def test_the_folder_in_which_processes_count_is_made_before_they_count(told, tmp_path):
    folder = tmp_path / "metrics" / "worker"
    assert told(PROMETHEUS_MULTIPROC_DIR=str(folder)).metrics_folder == folder
    assert folder.is_dir()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_refused(faults, port):
    assert faults(METRICS_PORT=port) == ["METRICS_PORT: must be a port, 1 to 65535; empty: not served"]


def test_an_address_that_is_none_is_refused(faults):
    assert faults(METRICS_HOST="http://127.0.0.1")[0].startswith("METRICS_HOST: must be an address")


def test_a_folder_for_counts_that_can_not_be_is_refused(faults, tmp_path):
    (tmp_path / "file").write_text("")
    told = faults(PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "file" / "folder"))
    assert told == ["PROMETHEUS_MULTIPROC_DIR: the folder can't be made (Not a directory)"]
    assert "or not be set at all" in faults(PROMETHEUS_MULTIPROC_DIR="")[0]
