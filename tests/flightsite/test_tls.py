"""Production by HTTPS only, looked at in a process of its own: settings are read once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASK = """
import json, django
django.setup()
from django.test import Client
found = {}
for path in ("/healthz", "/api/docs/"):
    for told in ({}, {"HTTP_X_FORWARDED_PROTO": "https"}):
        answer = Client().get(path, headers={}, **told)
        found[f"{path} {len(told)}"] = [answer.status_code, answer.headers.get("Location"),
                                        answer.headers.get("Strict-Transport-Security")]
print(json.dumps(found))
"""


def production(**changes):
    told = {
        "DJANGO_DEBUG": "0",
        "DJANGO_SECRET_KEY": "a7" * 13 + "Zq-_x9" * 6,
        "DJANGO_ALLOWED_HOSTS": "testserver",
        "DATABASE_URL": "sqlite:////nowhere/db.sqlite3",
    }
    return os.environ | {"DJANGO_SETTINGS_MODULE": "flightsite.settings"} | told | changes


def asked(**changes):
    ran = [sys.executable, "-W", "ignore", "-c", ASK]
    done = subprocess.run(ran, cwd=ROOT, env=production(**changes), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_plain_http_is_redirected_but_for_whoever_watches():
    found = asked()
    assert found["/healthz 0"][:2] == [200, None]
    assert found["/api/docs/ 0"][:2] == [301, "https://testserver/api/docs/"]
    assert found["/api/docs/ 1"][0] == 301  # a visitor's word is not believed


def test_the_word_of_a_proxy_that_ends_tls_is_believed_and_browsers_are_told():
    found = asked(TRUST_PROXY_TLS="1", HSTS_DAYS="2")
    assert found["/api/docs/ 0"][0] == 301
    assert found["/api/docs/ 1"] == [200, None, "max-age=172800"]


def test_it_can_be_switched_off():
    assert asked(HTTPS_ONLY="0")["/api/docs/ 0"] == [200, None, None]


@pytest.mark.parametrize("changes", [{}, {"TRUST_PROXY_TLS": "1"}])
def test_djangos_own_check_of_a_deployment_finds_nothing(changes):
    ran = [sys.executable, "-W", "ignore", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(ran, cwd=ROOT, env=production(**changes), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
