"""A line between Taskapp and a server it needs, which tests slow down, hang, cut and mend."""

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event as ThreadEvent
from threading import Thread

Address = tuple[str, int] | Path

_PIECE = 64 * 1024
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, for no time at all: close sends RST


class Proxy:
    """Passes bytes on, both ways, from a port of 127.0.0.1 to an address or a Unix socket."""

    def __init__(self, target: Address) -> None:
        self.port = 0
        self.is_up = ThreadEvent()
        self._target = target
        self._loop: asyncio.AbstractEventLoop
        self._ends = asyncio.Event()
        self._open = asyncio.Event()
        self._delay = 0.0
        self._broken: str | None = None
        self._writers: set[StreamWriter] = set()

    def mend(self) -> None:
        """Pass on again, at once; what hung goes on."""
        self._set(None, 0.0, is_open=True)

    def delay(self, seconds: float) -> None:
        """Keep each piece for so long, on its way there and on its way back."""
        self._set(None, seconds, is_open=True)

    def hang(self) -> None:
        """Take connections and bytes, and give nothing."""
        self._set(None, 0.0, is_open=False)

    def cut(self) -> None:
        """End every connection, and each new one as soon as it is made."""
        self._set("end", 0.0, is_open=True)

    def reset(self) -> None:
        """The same, by RST: as when a machine has started anew, or a firewall has forgotten."""
        self._set("reset", 0.0, is_open=True)

    def _set(self, broken: str | None, delay: float, *, is_open: bool) -> None:
        async def switch() -> None:
            self._broken, self._delay = broken, delay
            (self._open.set if is_open else self._open.clear)()
            if broken is not None:
                for writer in list(self._writers):
                    self._end(writer)

        asyncio.run_coroutine_threadsafe(switch(), self._loop).result()

    def stop(self) -> None:
        """End every connection, and serve no more."""
        self.cut()
        self._loop.call_soon_threadsafe(self._ends.set)

    async def serve(self) -> None:
        """Serve, until `stop` is called from another thread."""
        self._loop = asyncio.get_running_loop()
        self._open.set()
        async with await asyncio.start_server(self._connected, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            self.is_up.set()
            await self._ends.wait()

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        if self._broken is None:
            self._writers.add(writer)
            await self._open.wait()
        if self._broken is not None:  # by now
            self._end(writer)
            return
        try:
            there, back = await self._connect()
        except OSError:
            self._end(writer)
            return
        self._writers.add(back)
        async with asyncio.TaskGroup() as pumps:
            pumps.create_task(self._pump(reader, back))
            pumps.create_task(self._pump(there, writer))

    async def _connect(self) -> tuple[StreamReader, StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection(*self._target)

    async def _pump(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                await asyncio.sleep(self._delay)
                await self._open.wait()
                writer.write(piece)
                await writer.drain()
        self._end(writer)

    def _end(self, writer: StreamWriter) -> None:
        self._writers.discard(writer)
        if self._broken == "reset" and (link := writer.get_extra_info("socket")) is not None:
            with suppress(OSError):  # it has ended already, or is a Unix socket
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
        else:
            writer.close()


@contextmanager
def proxy(target: Address) -> Iterator[Proxy]:
    """A line to `target`, whole at first."""
    line = Proxy(target)
    thread = Thread(target=lambda: asyncio.run(line.serve()), daemon=True)
    thread.start()
    line.is_up.wait()
    try:
        yield line
    finally:
        line.stop()
        thread.join()
