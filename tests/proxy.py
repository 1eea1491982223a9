"""A TCP proxy that can be told to misbehave: reset, swallow, delay, or cut an answer in half."""

import asyncio
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from socket import SO_LINGER, SOL_SOCKET

HOST = "127.0.0.1"
CHUNK = 1 << 16
_HARD = struct.pack("ii", 1, 0)


class Proxy:
    """Forwards one port to another until told otherwise. Its methods may be called from any thread."""

    def __init__(self, target_port: int, *, host: str = HOST, own_port: int = 0) -> None:
        self._target = (host, target_port)
        self._own_port = own_port
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._delay = 0.0
        self._halving = False
        self._awaited: tuple[bytes, Callable[[], object]] | None = None
        self._refused: bytes | None = None
        self.port = 0
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._call(self._start())

    def reset(self) -> None:
        """End every connection with a reset, in the middle of whatever it says."""
        self._call(self._reset())

    def black_hole(self) -> None:
        """Take everything and pass nothing on, until `mend`."""
        self._call(self._set(passing=False))

    def delay(self, seconds: float) -> None:
        self._call(self._set(delay=seconds))

    def half_an_answer(self) -> None:
        """Cut the next answer in half, then reset its connection."""
        self._call(self._set(halving=True))

    def watch_for(self, request: bytes, then: Callable[[], object]) -> None:
        """Call `then` when the next request with these bytes has been passed on, once; `mend` ends the watch."""
        self._awaited = request, then

    def refuse(self, request: bytes) -> None:
        """Reset the connection of the next request with these bytes, which is not passed on, once; `mend` ends it."""
        self._refused = request

    def mend(self) -> None:
        self._awaited = self._refused = None
        self._call(self._set())

    def close(self) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _start(self) -> None:
        self._gate = asyncio.Event()
        self._gate.set()
        self._server = await asyncio.start_server(self._serve, HOST, self._own_port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _set(self, *, passing: bool = True, delay: float = 0.0, halving: bool = False) -> None:
        self._delay, self._halving = delay, halving
        self._gate.set() if passing else self._gate.clear()

    async def _reset(self) -> None:
        for writer in list(self._open):
            _abort(writer)

    async def _close(self) -> None:
        self._server.close()
        await self._reset()
        self._gate.set()
        while self._open:
            await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            _abort(writer)
            return
        pair = {writer, far_writer}
        self._open |= pair
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer, is_answer=True))
        except OSError:
            pass  # one side went away: so does the other
        finally:
            self._open -= pair
            for each in pair:
                _abort(each)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer=False) -> None:
        while data := await reader.read(CHUNK):
            await self._gate.wait()
            await asyncio.sleep(self._delay)
            if is_answer and self._halving:
                self._halving = False
                writer.write(data[: len(data) // 2])
                await writer.drain()
                raise ConnectionResetError
            if not is_answer and self._refused and self._refused in data:
                self._refused = None
                raise ConnectionResetError
            writer.write(data)
            await writer.drain()
            if not is_answer and self._awaited and self._awaited[0] in data:
                (_, then), self._awaited = self._awaited, None
                then()
        raise ConnectionResetError  # a half-closed connection is of no use to anyone here


def _abort(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, AttributeError):
        writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, _HARD)
    writer.transport.abort()
