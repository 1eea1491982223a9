"""A wire between a process and a server that can fall silent: open, but nothing passes any more."""

import socket
import threading
from contextlib import suppress

CHUNK = 1 << 16


class Wire:
    """Listens on a port of its own and passes everything on to the server's, until it is silenced."""

    def __init__(self, host, port, own_port=0):
        self._target = (host, port)
        self._passing = threading.Event()
        self._passing.set()
        self._open = []
        self._listener = socket.create_server(("127.0.0.1", own_port))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self):
        return self._listener.getsockname()[1]

    def fall_silent(self):
        self._passing.clear()

    def close(self):
        self._passing.set()
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source, sink):
        with suppress(OSError):
            while data := source.recv(CHUNK):
                self._passing.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
