import pytest

from flightsite.demo.options import ROOT, parse


def test_nothing_asked_gives_the_defaults():
    options = parse([], {})
    assert (options.port, options.once, options.as_json, options.recorded) == (8420, False, False, None)
    assert options.data_dir == ROOT / ".data"


def test_the_environment_names_the_data_folder(tmp_path):
    assert parse([], {"FLIGHTSITE_DATA_DIR": str(tmp_path)}).data_dir == tmp_path


def test_the_command_line_wins_over_the_environment(tmp_path):
    given = parse(["--data-dir", str(tmp_path)], {"FLIGHTSITE_DATA_DIR": "/elsewhere"})
    assert given.data_dir == tmp_path


def test_recorded_alone_means_the_test_data():
    assert parse(["--recorded"], {}).recorded == ROOT / "tests" / "data"


def test_a_missing_folder_of_recordings_is_refused(capsys):
    with pytest.raises(SystemExit):
        parse(["--recorded", "/no/such/folder"], {})
    assert "there is no folder /no/such/folder" in capsys.readouterr().err


def test_an_impossible_port_is_refused(capsys):
    with pytest.raises(SystemExit):
        parse(["--port", "65536"], {})
    assert "must be from 0 to 65535" in capsys.readouterr().err
