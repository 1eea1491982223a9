import hashlib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from jgo.maven import MavenContext

from flightsite.embedded import jars
from flightsite.embedded.errors import JarsUnavailable

CONTENT = b"the one true jar"
JAR = jars.Jar("org.example:thing:1.0", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
PLACE = "org/example/thing/1.0/thing-1.0.jar"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def repository(tmp_path):
    """A folder that is served as a Maven repository, with the jar in it."""
    file = tmp_path / "repository" / PLACE
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    handler = partial(QuietHandler, directory=str(tmp_path / "repository"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", file
        server.shutdown()
        thread.join()


@pytest.fixture
def context(repository, tmp_path):
    address, _file = repository
    return MavenContext(repo_cache=tmp_path / "cache", local_repos=[], remote_repos={"here": address})


def test_a_jar_is_fetched(context):
    assert jars.fetch(JAR, context).read_bytes() == CONTENT


def test_a_damaged_copy_is_fetched_again(context, tmp_path):
    damaged = tmp_path / "cache" / PLACE
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(CONTENT[:-3])
    assert jars.fetch(JAR, context).read_bytes() == CONTENT


def test_a_jar_that_is_wrong_at_its_source_is_refused_and_not_kept(context, repository, tmp_path):
    _address, source = repository
    source.write_bytes(CONTENT.replace(b"true", b"fake"))
    with pytest.raises(JarsUnavailable, match=r"thing:1\.0 came twice with a size or hash"):
        jars.fetch(JAR, context)
    assert not (tmp_path / "cache" / PLACE).exists()


def test_without_a_network_one_sentence_says_what_to_do(tmp_path):
    nowhere = MavenContext(repo_cache=tmp_path, local_repos=[], remote_repos={"off": "http://127.0.0.1:9"})
    with pytest.raises(JarsUnavailable, match="connect to the internet once, or set KAFKA_BOOT"):
        jars.fetch(JAR, nowhere)


def test_a_saved_class_path_needs_no_network(tmp_path):
    lock_file = tmp_path / "lock"
    lock_file.write_text("")
    first = jars.classpath(tmp_path, lock_file)
    assert jars.classpath(tmp_path, lock_file) == first


def test_the_lock_file_names_every_jar_with_hash_and_size():
    lines = jars.read_lock()
    assert len(lines) == 46
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in lines)
