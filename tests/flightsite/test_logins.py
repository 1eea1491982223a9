"""Whoever guesses passwords has to wait; everybody else does not."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def log_in(client, admin_user):
    """Log in as the admin; the answer's status (200: the form again)."""

    def post(password, address=HERE, name=admin_user.username):
        told = {"username": name, "password": password}
        return client.post("/admin/login/", told, REMOTE_ADDR=address)

    return post


@pytest.fixture
def guessed(log_in):
    return [log_in(f"guess {number}").status_code for number in range(settings.AXES_FAILURE_LIMIT)]


def test_a_name_waits_at_an_address_after_wrong_passwords(guessed, log_in):
    answer = log_in("password")
    assert guessed == [200] * 4 + [429]
    assert (answer.status_code, "try again 15 minutes" in answer.content.decode()) == (429, True)


def test_the_same_name_at_another_address_does_not_wait(guessed, log_in):
    assert log_in("password", ELSEWHERE).url == "/admin/"


def test_another_name_at_the_same_address_does_not_wait(guessed, log_in):
    assert log_in("password", name="somebody").status_code == 200


def test_a_quarter_of_an_hour_later_the_name_is_let_in(guessed, log_in):
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert log_in("password").url == "/admin/"


def test_a_login_wipes_out_the_wrong_passwords_before_it(log_in, client):
    for _ in range(3):
        statuses = [log_in("wrong").status_code for _ in range(4)]
        assert (statuses, log_in("password").status_code) == ([200] * 4, 302)
        client.logout()


def test_an_operator_lets_the_name_in_at_once(guessed, log_in, admin_user, capsys):
    call_command("axes_reset_username", admin_user.username)
    assert log_in("password").url == "/admin/"


def test_no_password_is_kept(log_in):
    log_in("a very secret guess")
    kept = AccessAttempt.objects.values().get()
    assert "secret guess" not in str(kept)
    assert kept["username"] == "admin"
