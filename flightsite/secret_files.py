"""Puts each secret where the containers that need it find it: as given by a person, kept from before, or made now.

Run as a file, once before everything else (service `secrets` of docker-compose.yml):
`python -I flightsite/secret_files.py --given FOLDER --to FOLDER --upstream URL`. A folder below `--to` is a volume that
only its readers mount, so what lies there may be read by whatever user their images run as.
"""

import secrets
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

ACCESS_KEY = "aviationstack_access_key"
DEMO_KEY = "de30" * 8  # the simulator takes it, the real upstream does not
SIMULATOR_HOST = "simulator"
SOURCE = "source"
MADE: dict[str, tuple[str, ...]] = {
    "django_secret_key": ("app",),
    "postgres_password": ("app", "postgres"),
    "grafana_admin_password": ("grafana",),
}
GIVEN_ONLY = {"alertmanager": ("pagerduty_routing_key", "slack_webhook_url", "smtp_password")}


class Refused(Exception):
    """Said to the person who starts the containers."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--given", type=Path, required=True, help="files that a person gave; an empty one is none")
    parser.add_argument("--to", type=Path, required=True, help="the folder of the volumes")
    parser.add_argument("--upstream", required=True, help="the base URL that flights come from")
    parser.add_argument("--or", dest="others", action="append", default=[], metavar="NAME=VALUE", type=_pair)
    told = parser.parse_args(arguments)
    try:
        for line in put(told.given, told.to, told.upstream, dict(told.others)):
            _say(line)
    except Refused as error:
        parser.exit(1, f"{error}\n")


def put(given: Path, to: Path, upstream: str, others: Mapping[str, str]) -> Iterator[str]:
    """Write all files; says of each where it came from, never what it holds. Raises Refused.

    `others` are values of which a person may give another one, such as an address with a password.
    """
    is_demo = urlsplit(upstream).hostname == SIMULATOR_HOST
    yield _keep_sources_apart(to / "app" / SOURCE, "the simulator" if is_demo else "the real upstream")
    yield _put_access_key(given / ACCESS_KEY, to / "app" / ACCESS_KEY, is_demo=is_demo)
    for name, readers in MADE.items():
        value, origin = _settled(given / name, to / readers[0] / name, lambda: secrets.token_urlsafe(48))
        for reader in readers:
            _write(to / reader / name, value)
        yield f"{name}: {origin}"
    for reader, names in GIVEN_ONLY.items():
        for name in names:
            value = _text(given / name)
            _write(to / reader / name, value)
            yield f"{name}: {'given' if value else 'not given'}"
    for name, usual in others.items():
        value = _text(given / name)
        _write(to / "app" / name, value or usual)
        yield f"{name}: {'given' if value else 'the usual one'}"


def _keep_sources_apart(marker: Path, source: str) -> str:
    before = _text(marker)
    if before not in {"", source}:
        raise Refused(
            f"these volumes hold flights of {before}, and AVIATIONSTACK_BASE_URL now names {source}: they never mix. "
            "Take another project name (COMPOSE_PROJECT_NAME), or give the volumes up: down --volumes"
        )
    _write(marker, source)
    return f"flights come from {source}"


def _put_access_key(given: Path, kept: Path, *, is_demo: bool) -> str:
    key = _text(given)
    if not key and not is_demo:
        raise Refused(
            "the real upstream needs your access key: write it into a file and name the file in .env, "
            "AVIATIONSTACK_ACCESS_KEY_FILE=./secrets/aviationstack_access_key (.env.example)"
        )
    _write(kept, key or DEMO_KEY)
    return f"{ACCESS_KEY}: {'given' if key else 'the one of the demo'}"


def _settled(given: Path, kept: Path, make: Callable[[], str]) -> tuple[str, str]:
    if value := _text(given):
        return value, "given"
    if value := _text(kept):
        return value, "kept"
    return make(), "made"


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def _write(path: Path, value: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o755)
    part = path.with_name(f".{path.name}.part")
    part.write_text(value, encoding="utf-8")
    part.chmod(0o444)
    part.replace(path)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
