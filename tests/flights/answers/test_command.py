"""`manage.py indicators`: the answers on a terminal."""

import json

import pytest
from django.core.management import CommandError, call_command

from flights import queries, services
from tests.flights.answers.conftest import SLOT
from tests.flights.api.stored import NOW


def said(capsys, *words):
    call_command("indicators", *words)
    return capsys.readouterr().out


def test_answers_are_printed_with_n_and_coverage(two_flights, capsys):
    out = said(capsys, "--slot", SLOT)
    assert out.startswith(f"{SLOT} complete\n")
    assert "    n 1 of 2 (50.0%); left out: 1 unknown-destination\n" in out
    assert "Air France (AFR): 2 flights" in out


def test_only_the_indicators_named(two_flights, capsys):
    assert len(said(capsys, "--slot", SLOT, "--id", "movements").splitlines()) == 3


def test_a_recompute_is_a_further_revision(two_flights, capsys):
    said(capsys, "--from", "2026-11-24", "--to", "2026-11-24")
    said(capsys, "--slot", SLOT, "--id", "movements", "--recompute")
    found = queries.answers_of_slot(SLOT)
    assert (found["movements"]["revision"], found["airline_most_active"]["revision"]) == (1, 0)


def test_json_is_one_line_a_slot(two_flights, capsys):
    (line,) = said(capsys, "--slot", SLOT, "--json").splitlines()
    told = json.loads(line)
    assert (told["slot"], told["answers"][0]["value"]["count"]) == (SLOT, 2)


def test_a_slot_that_is_not_closed_says_so(documents, capsys):
    services.open_slot(SLOT, "run", NOW)
    with pytest.raises(CommandError, match="no slot of these is closed"):
        said(capsys, "--slot", SLOT)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--slot", "2026-11-24T06Z"], "no slot 2026-11-24T06Z was ever planned"),
        (["--slot", "yesterday"], "is no slot"),
        (["--slot", SLOT, "--id", "speed"], "there is no indicator speed; there are: airline_most_active"),
        (["--from", "2026-11-24"], "say --from and --to"),
        (["--from", "2026-11-25", "--to", "2026-11-24"], "say --from and --to, in this order"),
        (["--from", "tomorrow"], "tomorrow"),
        ([], "one of the arguments --slot --from is required"),
    ],
)
def test_nonsense_is_refused_with_what_to_do(two_flights, words, problem):
    with pytest.raises(CommandError, match=problem):
        call_command("indicators", *words)
