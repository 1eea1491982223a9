from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple

import pytest

from flightsite.embedded import addresses


def test_a_folder_keeps_its_ports(tmp_path):
    assert addresses.reserve(tmp_path / "new") == addresses.reserve(tmp_path / "new")


def test_two_folders_get_different_ports(tmp_path):
    assert addresses.reserve(tmp_path / "a") != addresses.reserve(tmp_path / "b")


def test_callers_at_the_same_time_agree(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(addresses.reserve, [tmp_path / "new"] * 8))
    assert len(answers) == 1


def test_ports_are_different_and_outside_the_ephemeral_range():
    ports = set(astuple(addresses.choose_ports()))
    assert len(ports) == 4
    assert ports <= set(addresses.PORT_RANGE)


def test_addresses_have_the_form_of_the_settings(tmp_path):
    own = addresses.reserve(tmp_path)
    assert own.mongodb_uri.startswith(f"mongodb://127.0.0.1:{own.ports.mongodb}/flightsite?")
    assert own.kafka_bootstrap_servers == f"127.0.0.1:{own.ports.kafka}"
    assert own.redis_url == f"redis://127.0.0.1:{own.ports.redis}/0"


def test_an_unreadable_file_is_named(tmp_path):
    (tmp_path / addresses.FILE_NAME).write_text("{")
    with pytest.raises(ValueError, match=r"embedded\.json is not readable: delete it"):
        addresses.reserve(tmp_path)
