"""One listener: signs in, hears what happens, and asks for what it missed (contract §3)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from websockets.frames import CloseCode

from taskapp.api.live.credentials import Admission, admit_token
from taskapp.api.live.websocket import WebSocket, text_frame
from taskapp.core.errors import Unauthorized
from taskapp.events.feed import Listener, News, is_kept, read_news
from taskapp.logs import log

if TYPE_CHECKING:
    from taskapp.api.live.hub import Hub

SIGN_IN_SECONDS = 10

# Seconds after signing in in which one who was here before may ask for what was missed, so that it
# comes before what happens now. Longer would keep everybody's first event waiting.
_RESUME_SECONDS = 0.1
_PAGE = 50  # events that are read at a time for one who catches up
_INBOX = 16  # messages that may wait for their answer


@dataclass
class Opening:
    """How a socket begins: the answer to its handshake, and who came, or why they may not stay."""

    handshake: bytes
    admission: Admission | None = None
    refusal: str = ""


class Client(WebSocket):
    """A socket and how far it has heard.

    Normally the hub tells it each event as it happens. While it is *behind* (it has just come, has
    asked for what it missed, or does not read as fast as things happen) it reads the log for
    itself, a page whenever there is room in its buffer, until it has caught up with the hub. So it
    hears everything once and in order, and costs no memory while it is slow.
    """

    session_id: int
    listener: Listener

    def __init__(
        self,
        opening: Opening,
        hub: "Hub",
        ask: Callable[..., Awaitable[Any]],
        gone: Callable[["Client"], None],
    ) -> None:
        super().__init__(opening.handshake)
        self._opening = opening
        self._hub = hub
        self._ask = ask  # calls a function that reads the database, off the loop
        self._gone = gone
        self._is_signed_in = False
        self._inbox: deque[bytes] = deque()
        self._task: asyncio.Task[None] | None = None
        self._arrival = 0  # the number of the last event when it came
        self._since = 0  # all that happened after this number has been told, or will be
        self._position = 0  # and up to this number it has been
        self._is_behind = True
        self._is_settled = False  # it has asked for what it missed, or had time to
        self._missed: deque[tuple[int, int]] = deque()  # asked for: after, up to

    def hear(self, news_id: int, frame: bytes) -> None:
        """The hub tells of an event."""
        if not self._is_behind and news_id > self._position:
            self.send(frame)

    def expel(self) -> None:
        """The session that opened it is over, or has lost rights."""
        self.close(CloseCode.POLICY_VIOLATION, "The session has ended.")

    # What the socket calls

    def opened(self) -> None:
        if self._opening.refusal:
            self.close(CloseCode.POLICY_VIOLATION, self._opening.refusal)
        elif self._opening.admission:
            self._sign_in(self._opening.admission)
        else:
            self.loop.call_later(SIGN_IN_SECONDS, self._give_up)

    def received(self, message: bytes) -> None:
        self._inbox.append(message)
        if len(self._inbox) > _INBOX:
            self.close(CloseCode.POLICY_VIOLATION, "Too many messages.")
        self._go_on()

    def blocked(self) -> None:
        self._fall_behind()

    def unblocked(self) -> None:
        self._go_on()

    def closed(self) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._is_signed_in:
            self._hub.leave(self)
        self._gone(self)

    def _give_up(self) -> None:
        if not self._is_signed_in:
            self.close(CloseCode.POLICY_VIOLATION, "Sign in first.")

    # Signing in

    def _sign_in(self, admission: Admission) -> None:
        """Begin to listen; again, with a newer token of the same user: go on listening."""
        if self._is_signed_in:
            if admission.listener.user_id != self.listener.user_id:
                raise Unauthorized("The token is somebody else's.")
            self._hub.leave(self)
        else:
            self._arrival = max(admission.last, self._hub.last)
            self._since = self._position = self._arrival
            self._say({"type": "ready", "last_id": self._since})
            self.loop.call_later(_RESUME_SECONDS, self._settle)
        self._is_signed_in = True
        self.session_id, self.listener = admission.session_id, admission.listener
        self._hub.join(self)

    def _settle(self) -> None:
        self._is_settled = True
        self._go_on()

    # Messages and what was missed: one thing at a time, and nothing while the peer does not read

    def _go_on(self) -> None:
        if self._task is None:
            self._task = self.loop.create_task(self._work())

    async def _work(self) -> None:
        try:
            while self.is_open and not self.is_blocked and await self._do_next():
                pass
        except Unauthorized as refusal:
            self.close(CloseCode.POLICY_VIOLATION, refusal.message)
        except ValueError as problem:
            is_known = self._is_signed_in
            code = CloseCode.INVALID_DATA if is_known else CloseCode.POLICY_VIOLATION
            self.close(code, str(problem)[:100])  # a frame holds 123 bytes
        except Exception:  # noqa: BLE001  (the database is away, most likely; the client comes back)
            log.warning("live_client_failed", exc_info=True)
            self.close(CloseCode.TRY_AGAIN_LATER, "Something went wrong. Connect again.")
        finally:
            self._task = None

    async def _do_next(self) -> bool:
        """Do one thing; return False if there is none."""
        if self._inbox:
            await self._heed(self._inbox.popleft())
        elif self._missed:
            after, until = self._missed.popleft()
            after = await self._tell(after, until)
            if after < until:
                self._missed.appendleft((after, until))
        elif not (self._is_behind and self._is_settled):
            return False
        elif self._position < self._hub.last:
            self._position = await self._tell(self._position, self._hub.last)
        else:
            self._is_behind = False
        return True

    async def _heed(self, text: bytes) -> None:
        """Do what a message asks for. Raises ValueError when it makes no sense, Unauthorized."""
        message = _parse(text)
        if message.get("type") == "auth":
            token = message.get("token")
            if not isinstance(token, str):
                raise Unauthorized("There is no token.")
            self._sign_in(await self._ask(admit_token, token))
        elif not self._is_signed_in:
            raise Unauthorized("Sign in first.")
        elif message.get("type") == "resume":
            await self._resume(message.get("after"))
        else:
            raise ValueError("Unknown type of message.")

    async def _resume(self, after: Any) -> None:
        """Tell what was missed after number `after`.

        What happened before this socket came it tells once; what it has told as it happened, again,
        if the peer goes back to a number that it can only have from here.
        """
        if type(after) is not int:
            raise ValueError("`after` must be the id of an event.")
        self._is_settled = True
        if not await self._ask(is_kept, after):
            self._say({"type": "reset"})
        elif after < self._since:
            self._fall_behind()
            self._missed.append((after, self._since))
            self._since = after
        elif after >= self._arrival:
            self._fall_behind()
            self._position = min(self._position, after)

    async def _tell(self, after: int, until: int) -> int:
        """Read a page of the log to the peer, or what it will take; return how far it got."""
        listener = self.listener
        page: list[News] = await self._ask(read_news, after, until, listener=listener, limit=_PAGE)
        for news in page:
            if message := news.for_listener(listener):
                self.send(text_frame(message))
            if self.is_blocked:
                return news.id
        return page[-1].id if len(page) == _PAGE else until

    def _fall_behind(self) -> None:
        if not self._is_behind:
            self._is_behind = True
            self._position = max(self._position, self._hub.last)

    def _say(self, message: dict[str, Any]) -> None:
        self.send(text_frame(orjson.dumps(message)))


def _parse(text: bytes) -> dict[str, Any]:
    """The JSON object of a message; raises ValueError."""
    message = orjson.loads(text)
    if not isinstance(message, dict):
        raise ValueError("A message is a JSON object.")  # noqa: TRY004  (of the wrong value, to us)
    return message
