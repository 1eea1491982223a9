import subprocess
import sys
from pathlib import Path

import pytest

from flightsite import secret_files
from flightsite.secret_files import DEMO_KEY

FILE = Path(secret_files.__file__)
DEMO, REAL = "http://simulator:8421/v1", "https://api.aviationstack.com/v1"
KEY = "0123456789abcdef0123456789abcdef"
USUAL = "mongodb://mongodb:27017/flightsite"


@pytest.fixture
def put(tmp_path):
    """Runs it as the container does, with these files given; exit code and what it said."""
    (tmp_path / "given").mkdir()

    def run(upstream, **given):
        for name, text in given.items():
            (tmp_path / "given" / name).write_text(text)
        words = [sys.executable, "-I", str(FILE), f"--given={tmp_path / 'given'}", f"--to={tmp_path / 'to'}"]
        words += [f"--upstream={upstream}", f"--or=mongodb_uri={USUAL}"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def held(tmp_path):
    return lambda path: (tmp_path / "to" / path).read_text()


def test_the_demo_needs_nothing_that_is_given(put, held):
    code, _ = put(DEMO)
    assert (code, held("app/aviationstack_access_key")) == (0, DEMO_KEY)
    assert len(held("app/django_secret_key")) >= 50
    assert held("app/postgres_password") == held("postgres/postgres_password") != held("grafana/grafana_admin_password")


def test_what_was_made_stays(put, held):
    put(DEMO)
    before = held("app/django_secret_key")
    code, told = put(DEMO)
    assert (code, held("app/django_secret_key")) == (0, before)
    assert "django_secret_key: kept" in told


def test_what_is_given_goes_before_what_was_made(put, held):
    put(DEMO)
    put(DEMO, postgres_password="of a person\n")  # noqa: S106 - made up
    assert held("app/postgres_password") == held("postgres/postgres_password") == "of a person"


def test_the_real_upstream_needs_a_key(put, held, tmp_path):
    code, told = put(REAL)
    assert code == 1
    assert "AVIATIONSTACK_ACCESS_KEY_FILE" in told
    assert not (tmp_path / "to/app/aviationstack_access_key").exists()


def test_the_real_upstream_gets_the_key_that_is_given(put, held):
    code, _ = put(REAL, aviationstack_access_key=f"{KEY}\n")
    assert (code, held("app/aviationstack_access_key")) == (0, KEY)


@pytest.mark.parametrize(("first", "then"), [(DEMO, REAL), (REAL, DEMO)])
def test_made_up_flights_and_real_ones_never_mix(put, first, then):
    put(first, aviationstack_access_key=KEY)
    code, told = put(then)
    assert code == 1
    assert "they never mix" in told


def test_an_address_is_the_usual_one_unless_another_is_given(put, held):
    put(DEMO)
    assert held("app/mongodb_uri") == USUAL
    put(DEMO, mongodb_uri="mongodb+srv://user:password@cluster/flightsite")
    assert held("app/mongodb_uri") == "mongodb+srv://user:password@cluster/flightsite"


def test_where_alerts_go_is_a_secret_of_the_alertmanager_alone(put, held, tmp_path):
    put(DEMO, slack_webhook_url="https://hooks.example.org/hush")
    assert held("alertmanager/slack_webhook_url") == "https://hooks.example.org/hush"
    assert held("alertmanager/smtp_password") == ""
    assert not (tmp_path / "to/app/slack_webhook_url").exists()


def test_nothing_that_it_says_is_a_secret(put, held):
    _, told = put(REAL, aviationstack_access_key=KEY, slack_webhook_url="https://hooks.example.org/hush")
    assert KEY not in told
    assert "hush" not in told
    assert held("app/django_secret_key") not in told


def test_files_can_be_read_and_not_changed_by_whoever_mounts_them(put, tmp_path):
    put(DEMO)
    files = [path for path in (tmp_path / "to").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o444}
