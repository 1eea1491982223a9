import stat

import pytest

from flightsite.demo import world
from flightsite.demo.errors import DemoError
from flightsite.demo.options import Options
from flightsite.embedded import addresses

KEY = "5ec2e7000000000000000000000000ff"


@pytest.fixture
def options(tmp_path):
    return Options(data_dir=tmp_path / "data")


@pytest.fixture
def recordings(tmp_path):
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "one.json").write_text("{}")
    return folder


def told(chosen, options, environ):
    options.data_dir.mkdir(exist_ok=True)
    own = addresses.reserve(options.data_dir)
    return world.child_environment(chosen, options, environ, own, port=8420)


def test_the_simulators_data_is_in_the_folder_itself(options):
    chosen = world.choose(options, {}, simulator_port=21000)
    assert chosen == world.World(options.data_dir, "http://127.0.0.1:21000/v1", 21000)


def test_a_key_means_the_real_upstream_and_a_folder_of_its_own(options):
    chosen = world.choose(options, {"AVIATIONSTACK_ACCESS_KEY_FILE": "/some/file"}, 21000)
    assert (chosen.upstream_url, chosen.simulator_port) == (world.UPSTREAM_URL, None)
    assert chosen.folder.parent == options.data_dir
    assert chosen.folder.name.startswith("upstream-")


def test_two_upstreams_have_two_folders(options):
    one = world.choose(options, {"AVIATIONSTACK_BASE_URL": "http://127.0.0.1:1/v1"}, 21000)
    other = world.choose(options, {"AVIATIONSTACK_BASE_URL": "http://127.0.0.1:2/v1"}, 21000)
    assert one.folder != other.folder


def test_recordings_have_a_folder_named_by_their_content(options, recordings):
    asked = Options(data_dir=options.data_dir, recorded=recordings)
    before = world.choose(asked, {}, 21000).folder
    (recordings / "one.json").write_text("[]")
    after = world.choose(asked, {}, 21000).folder
    assert before.name.startswith("recorded-")
    assert before != after


def test_the_simulator_is_told_where_the_recordings_are(options, recordings):
    chosen = world.choose(Options(options.data_dir, recorded=recordings), {}, 21000)
    assert chosen.simulator_arguments == f" --recorded {recordings}"


def test_recordings_and_a_real_key_exclude_each_other(options, recordings):
    with pytest.raises(DemoError, match="--recorded needs the simulator"):
        world.choose(Options(options.data_dir, recorded=recordings), {"AVIATIONSTACK_ACCESS_KEY": KEY}, 21000)


def test_what_the_person_has_set_wins(options):
    environ = {"MONGODB_URI": "mongodb://mine/db", "REDIS_URL_FILE": "/run/redis", "DJANGO_DEBUG": "0"}
    environment = told(world.choose(options, {}, 21000), options, environ)
    assert environment["MONGODB_URI"] == "mongodb://mine/db"
    assert environment["DJANGO_DEBUG"] == "0"
    assert "REDIS_URL" not in environment


def test_no_process_of_the_demo_counts_in_a_folder_that_others_share(options):
    environment = told(world.choose(options, {}, 21000), options, {"PROMETHEUS_MULTIPROC_DIR": "/run/shared"})
    assert "PROMETHEUS_MULTIPROC_DIR" not in environment


def test_the_simulators_key_is_new_each_time(options):
    chosen = world.choose(options, {}, 21000)
    keys = {told(chosen, options, {})["AVIATIONSTACK_ACCESS_KEY"] for _ in range(2)}
    assert len(keys) == 2


def test_a_given_key_goes_to_the_children_unchanged(options):
    environ = {"AVIATIONSTACK_ACCESS_KEY": KEY}
    environment = told(world.choose(options, environ, 21000), options, environ)
    assert environment["AVIATIONSTACK_ACCESS_KEY"] == KEY
    assert environment["AVIATIONSTACK_BASE_URL"] == world.UPSTREAM_URL


def test_the_secret_key_is_kept_and_private(tmp_path):
    path = tmp_path / "secret-key"
    assert world.kept_secret(path) == world.kept_secret(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_setting_may_be_in_a_file(tmp_path):
    (tmp_path / "key").write_text(f"{KEY}\n")
    assert world.setting({"NAME_FILE": str(tmp_path / "key")}, "NAME") == KEY


def test_a_setting_whose_file_is_missing_is_named(tmp_path):
    with pytest.raises(DemoError, match="NAME_FILE"):
        world.setting({"NAME_FILE": str(tmp_path / "none")}, "NAME")
