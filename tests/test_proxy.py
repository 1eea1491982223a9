"""The proxy misbehaves as it is told: otherwise a green round would prove nothing."""

import socket
import threading

import pytest

from tests.proxy import HOST, Proxy


@pytest.fixture
def line():
    """A proxy in front of a server that says everything back."""
    server = socket.create_server((HOST, 0))
    threading.Thread(target=echo, args=[server], daemon=True).start()
    proxy = Proxy(server.getsockname()[1])
    yield proxy
    proxy.close()
    server.close()


def echo(server):
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=echo_on, args=[connection], daemon=True).start()


def echo_on(connection):
    with connection:
        try:
            while data := connection.recv(1000):
                connection.sendall(data)
        except OSError:
            return


@pytest.fixture
def caller(line):
    with socket.create_connection((HOST, line.port), timeout=5) as connection:
        yield connection


def ask(caller, text=b"hello"):
    caller.sendall(text)
    return caller.recv(1000)


def test_it_passes_everything_on(caller):
    assert ask(caller) == b"hello"


def test_a_reset_ends_the_connection_with_an_error(line, caller):
    ask(caller)
    line.reset()
    with pytest.raises(ConnectionResetError):
        caller.recv(1000)


def test_half_an_answer_is_followed_by_a_reset(line, caller):
    line.half_an_answer()
    assert ask(caller, b"12345678") == b"1234"
    with pytest.raises(ConnectionResetError):
        caller.recv(1000)


def test_a_black_hole_keeps_what_it_took_until_it_is_mended(line, caller):
    line.black_hole()
    caller.settimeout(0.3)
    with pytest.raises(TimeoutError):
        ask(caller)
    line.mend()
    caller.settimeout(5)
    assert caller.recv(1000) == b"hello"


def test_a_delay_holds_each_part_up(line, caller):
    line.delay(0.2)
    caller.settimeout(0.1)
    with pytest.raises(TimeoutError):
        ask(caller)
    caller.settimeout(5)
    assert caller.recv(1000) == b"hello"


def test_a_request_that_is_watched_for_is_told_of_once(line, caller):
    told = []
    line.watch_for(b"ell", lambda: told.append("seen"))
    assert [ask(caller, each) for each in (b"other", b"hello", b"hello")] == [b"other", b"hello", b"hello"]
    assert told == ["seen"]


def test_a_request_that_is_refused_ends_its_own_connection_and_no_other(line, caller):
    line.refuse(b"ell")
    with socket.create_connection((HOST, line.port), timeout=5) as other:
        assert ask(other, b"other") == b"other"
        with pytest.raises(ConnectionResetError):
            ask(caller, b"hello")
        assert ask(other, b"hello") == b"hello"


def test_a_dead_server_ends_the_connection():
    proxy = Proxy(9)
    with pytest.raises(ConnectionResetError), socket.create_connection((HOST, proxy.port), timeout=5) as caller:
        caller.recv(1)
    proxy.close()
