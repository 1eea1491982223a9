import hashlib
import os
import threading
from datetime import timedelta

import pytest

from flights.exports import cache
from flights.exports.building import Written
from flights.exports.writers import Form
from tests.flights.api.stored import NOW

KEY = "slot_2026-11-24T04Z_r0_s1"


def kept(data=b"0123456789", key=KEY, now=NOW):
    with cache.new_part() as part:
        part.write(data)
        opened = cache.keep(key, Form.CSV, part, Written(1, "content"), now)
    with opened.file:
        assert opened.file.read() == data
    return opened.entry


def is_there(key=KEY, since=None):
    opened = cache.find(key, Form.CSV, since)
    if opened:
        opened.file.close()
    return opened is not None


def names(folder):
    return sorted(path.name for path in (folder / "exports").iterdir() if path.is_file())


def test_a_file_that_is_kept_is_found_with_what_is_known_of_it(data_folder):
    entry = kept()
    assert (entry.bytes, entry.rows, entry.sha256) == (10, 1, hashlib.sha256(b"0123456789").hexdigest())
    assert is_there()
    assert names(data_folder) == [f"{KEY}.84d89877f0d4041e.csv", f"{KEY}.csv.json"]


def test_a_file_that_is_too_old_is_not_found():
    kept()
    assert is_there(since=NOW)
    assert not is_there(since=NOW + timedelta(milliseconds=1))


def test_a_part_that_is_not_finished_leaves_nothing(data_folder):
    def half():
        with cache.new_part() as part:
            part.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert names(data_folder) == []


def test_a_newer_file_takes_the_place_of_the_older(data_folder):
    kept(b"old")
    entry = kept(b"newer")
    assert names(data_folder) == [entry.name, f"{KEY}.csv.json"]


def test_a_file_that_lost_bytes_is_not_handed_out(data_folder):
    entry = kept()
    (data_folder / "exports" / entry.name).write_bytes(b"012")
    assert not is_there()


def test_the_oldest_files_are_removed_when_there_are_too_many_bytes(data_folder, settings):
    settings.EXPORTS_MAX_BYTES = 25
    for number, key in enumerate(("a", "b", "c")):
        entry = kept(key=key)
        os.utime(data_folder / "exports" / entry.name, (number, number))
    assert [is_there(key) for key in ("a", "b", "c")] == [False, True, True]


def test_a_file_larger_than_all_room_is_kept_until_the_next(settings):
    settings.EXPORTS_MAX_BYTES = 5
    kept(key="a")
    assert is_there("a")
    kept(key="b")
    assert (is_there("a"), is_there("b")) == (False, True)


def test_a_file_that_is_removed_while_it_is_read_is_read_to_its_end(settings):
    kept(key="a")
    opened = cache.find("a", Form.CSV, None)
    settings.EXPORTS_MAX_BYTES = 5
    kept(key="b")
    with opened.file:
        assert (opened.file.read(), is_there("a")) == (b"0123456789", False)


def test_the_part_of_a_process_that_was_killed_is_removed_in_the_end(data_folder):
    kept(key="a")
    part = data_folder / "exports" / "left.part"
    part.write_bytes(b"half")
    os.utime(part, (1, 1))
    kept(key="b")
    assert not part.exists()


def test_only_one_builds_a_file_at_a_time():
    inside, most, lock = [], [], threading.Lock()

    def build():
        with cache.locked(KEY):
            with lock:
                inside.append(1)
                most.append(len(inside))
            for _ in range(1000):
                pass
            with lock:
                inside.pop()

    threads = [threading.Thread(target=build) for _ in range(20)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert (len(most), max(most)) == (20, 1)
