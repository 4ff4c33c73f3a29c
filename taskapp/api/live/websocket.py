"""One WebSocket (RFC 6455) on an event loop: frames, pings, closing, and peers that do not read."""

import asyncio
import socket
import struct
from typing import cast

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from taskapp.logs import log

MAX_MESSAGE = 8 * 1024  # bytes from a peer: a token or a number, no more
PING_SECONDS = 25  # proxies commonly cut what is silent for 60
PATIENCE = 15.0  # seconds that a peer may leave unread what it was sent
LINGER = 2.0  # seconds that a peer may take to answer a farewell

_HIGH = 64 * 1024  # bytes waiting to be sent, from which the peer counts as slow
_MOST = 1024 * 1024  # bytes, at which it is dropped at once
_RESET = struct.pack("ii", 1, 0)  # on closing, the kernel need not try to deliver the rest


def text_frame(message: bytes) -> bytes:
    """The frame of a text message. A server's frames are not masked, so one serves every peer."""
    return Frame(Opcode.TEXT, message).serialize(mask=False)


class WebSocket(asyncio.Protocol):
    """A connection that begins with `handshake`, the answer that makes it a WebSocket.

    What it is for is told by a subclass, in the methods without a body here.
    """

    def __init__(self, handshake: bytes) -> None:
        self.loop = asyncio.get_running_loop()
        self.is_blocked = False  # the peer has left too much unread; send nothing for now
        self._protocol = ServerProtocol(state=State.OPEN, max_size=MAX_MESSAGE)
        self._handshake = handshake
        self._text = bytearray()  # of a message that comes in parts
        self._is_alive = True  # since the last ping
        self._is_gone = False
        self._ping_timer: asyncio.TimerHandle | None = None
        self._drop_timer: asyncio.TimerHandle | None = None

    def opened(self) -> None:
        """It may be used from now on."""

    def received(self, message: bytes) -> None:
        """The peer has sent a text, or the same as bytes."""

    def blocked(self) -> None:
        """The peer is slow."""

    def unblocked(self) -> None:
        """The peer has read nearly all it was sent."""

    def closed(self) -> None:
        """It is gone."""

    @property
    def is_open(self) -> bool:
        """Whether messages may be sent."""
        return self._protocol.state is State.OPEN and not self._transport.is_closing()

    def send(self, frame: bytes) -> None:
        """Send a frame made by `text_frame`, unless it is too late."""
        if self.is_open:
            self._transport.write(frame)

    def close(self, code: CloseCode | int, reason: str) -> None:
        """Say goodbye; the connection ends when the peer has, or after LINGER."""
        if self.is_open:
            self._protocol.send_close(code, reason)
            self._flush()
            self.loop.call_later(LINGER, self.abort)

    def abort(self) -> None:
        """End the connection without a word; what the peer has not read is thrown away."""
        if not self._is_gone:
            connection = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=_HIGH)
        self._transport.write(self._handshake)
        self._ping_timer = self.loop.call_later(PING_SECONDS, self._ping)
        self.opened()

    def data_received(self, data: bytes) -> None:
        self._is_alive = True
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            self._take(cast(Frame, event))
        self._flush()

    def eof_received(self) -> None:
        self._protocol.receive_eof()
        self._flush()

    def pause_writing(self) -> None:
        self.is_blocked = True
        self._drop_timer = self.loop.call_later(PATIENCE, self._drop)
        self.blocked()

    def resume_writing(self) -> None:
        self.is_blocked = False
        self._cancel(self._drop_timer)
        self.unblocked()

    def connection_lost(self, error: Exception | None) -> None:
        self._cancel(self._ping_timer)
        self._cancel(self._drop_timer)
        self._is_gone = True
        self.closed()

    def _take(self, frame: Frame) -> None:
        if not self.is_open:
            return
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._text += frame.data
            if frame.fin:
                message = bytes(self._text)
                self._text.clear()
                self.received(message)

    def _flush(self) -> None:
        """Send what the protocol has to say: answers to pings, farewells, the end."""
        for data in self._protocol.data_to_send():
            if self._transport.is_closing():
                return
            if data:
                self._transport.write(data)
            else:
                # Not closed yet: what the peer still sends would make the kernel reset the
                # connection, and our farewell be lost.
                self._transport.write_eof()
                self.loop.call_later(LINGER, self.abort)
        if self._transport.get_write_buffer_size() > _MOST:
            self.abort()

    def _drop(self) -> None:
        log.info("live_client_dropped", reason="It does not read.")
        self.abort()

    def _ping(self) -> None:
        """Keep proxies from cutting the line, and find out whether anybody is there."""
        if not self._is_alive:
            self.abort()
            return
        self._is_alive = False
        if self.is_open:
            self._protocol.send_ping(b"")
            self._flush()
        self._ping_timer = self.loop.call_later(PING_SECONDS, self._ping)

    @staticmethod
    def _cancel(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()
