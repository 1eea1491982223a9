"""What a running demo tells: state.json for programs, a page of text for a person."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

STATE_FILE = "state.json"
QUESTIONS = 10  # the first of the registry; what follows are delays and counts


def write_state(data_dir: Path, state: Mapping[str, Any]) -> None:
    """Whole or not at all, and only for its owner: it holds an API key and a password."""
    path = data_dir / STATE_FILE
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(state, file, indent=2)
    part.replace(path)


def remove_state(data_dir: Path) -> None:
    (data_dir / STATE_FILE).unlink(missing_ok=True)


def urls(state: Mapping[str, Any]) -> dict[str, str]:
    """Where a person looks; of metrics the exporter's, which tell how all is."""
    places = {"api": "/api/v1/", "docs": "/api/docs/", "admin": "/admin/"}
    return {name: state["base_url"] + path for name, path in places.items()} | {"metrics": state["metrics"]["exporter"]}


def answers_for_a_person(slot: str, answers: Sequence[Mapping[str, Any]]) -> str:
    """Each of the ten questions with its answer, n, population and coverage."""
    lines = [f"What slot {slot} answers (n: flights used, of those that the question is about):", ""]
    for answer in answers[:QUESTIONS]:
        coverage = "" if answer["coverage"] is None else f" ({answer['coverage']:.1%})"
        lines += [
            f"  {answer['title']}",
            f"      {answer['text']}",
            f"      n {answer['n']:,} of {answer['population']:,}{coverage}{_left_out(answer['excluded'])}",
        ]
    return "\n".join(lines)


def _left_out(excluded: Mapping[str, int]) -> str:
    told = ", ".join(f"{count:,} {reason}" for reason, count in excluded.items())
    return f"; left out: {told}" if told else ""


def for_a_person(state: Mapping[str, Any], ingest: Mapping[str, Any], seconds: float) -> str:
    base_url = state["base_url"]
    lines = [f"  {name:<8} {url}" for name, url in urls(state).items()]
    return "\n".join(
        [
            "",
            f"flightsite is up after {seconds:.1f} s. {_slot_line(ingest)}",
            "",
            *lines,
            f"  login    {state['admin_user']} / {state['admin_password']}",
            "",
            f"  curl -H 'Authorization: Api-Key {state['api_key']}' '{base_url}/api/v1/flights?limit=3'",
            "",
        ]
    )


def for_a_program(
    ingest: Mapping[str, Any], answers: Sequence[Mapping[str, Any]], steps: Mapping[str, float], seconds: float
) -> str:
    """What `ingest` reports, one JSON object on one line; `seconds` also has the demo's own steps, `indicators` the
    ten answers with their basis.
    """
    took = {**ingest.get("seconds", {}), **steps, "ready": round(seconds, 2)}
    names = ("value", "reason", "ties", "n", "population", "coverage", "excluded")
    told = {answer["indicator"]: {name: answer[name] for name in names} for answer in answers[:QUESTIONS]}
    return json.dumps({**ingest, "seconds": took, "indicators": told})


def _slot_line(ingest: Mapping[str, Any]) -> str:
    return (
        f"Slot {ingest.get('slot')} is {ingest.get('state')}:"
        f" {ingest.get('stored')} flights stored from {ingest.get('requests')} requests."
    )
