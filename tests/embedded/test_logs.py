from flightsite.embedded import logs


def test_a_too_large_log_keeps_only_its_end(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("old" * 10 + "new")
    logs.cap(log, limit=3)
    assert (log.read_text(), (tmp_path / "a.log.1").read_text()) == ("", "new")


def test_a_small_log_stays(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("short")
    logs.cap(log)
    assert log.read_text() == "short"


def test_a_writer_goes_on_at_the_start_of_a_shortened_log(tmp_path):
    path = tmp_path / "a.log"
    with logs.open_log(path) as log:
        log.write(b"before")
        log.flush()
        logs.cap(path, limit=1)
        log.write(b"after")
    assert path.read_text() == "after"


def test_the_tail_is_the_last_lines(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("one\ntwo\nthree\n")
    assert logs.tail(log, 2) == "two\nthree"


def test_a_log_that_is_not_there_has_no_tail(tmp_path):
    assert logs.tail(tmp_path / "none.log") == ""
