"""Who listens in this process, and who of them hears what. Belongs to the loop's thread."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from websockets.frames import CloseCode

from taskapp.api.live.client import Client
from taskapp.api.live.websocket import text_frame
from taskapp.events.feed import News


class Hub:
    """The clients that have signed in, and the number of the last event they were told."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.clients: set[Client] = set()
        self._admins: set[Client] = set()
        self._by_user: defaultdict[int | None, set[Client]] = defaultdict(set)

    def join(self, client: Client) -> None:
        """From now on it hears what happens."""
        self.clients.add(client)
        self._by_user[client.listener.user_id].add(client)
        if client.listener.is_admin:
            self._admins.add(client)

    def leave(self, client: Client) -> None:
        """No longer."""
        self.clients.discard(client)
        self._admins.discard(client)
        user_id = client.listener.user_id
        self._by_user[user_id].discard(client)
        if not self._by_user[user_id]:
            del self._by_user[user_id]

    def tell(self, news: Iterable[News]) -> None:
        """Tell each event, in order, to those who may hear of it."""
        for event in news:
            self.last = event.id
            seeing = self._admins | self._of(event.user_id) | self._of(event.assignee_id)
            leaving = self._of(event.former_assignee_id) - seeing
            for message, clients in ((event.message, seeing), (event.farewell, leaving)):
                if clients:
                    frame = text_frame(message)
                    for client in clients:
                        client.hear(event.id, frame)

    def rewind(self, last: int) -> None:
        """The log was replaced: numbers mean something else now, so everybody begins anew."""
        self.last = last
        for client in list(self.clients):
            client.close(CloseCode.SERVICE_RESTART, "The database was replaced. Connect again.")

    def sessions(self) -> set[int]:
        """The sign-ins behind the sockets; may be asked for in any thread."""
        return {client.session_id for client in tuple(self.clients)}

    def sessions_hearing(self, news: Iterable[News]) -> set[int]:
        """Those of them that may hear of any of it; may be asked for in any thread."""
        users = {
            user_id
            for event in news
            for user_id in (event.user_id, event.assignee_id, event.former_assignee_id)
        }
        return {
            client.session_id
            for client in tuple(self.clients)
            if client.listener.is_admin or client.listener.user_id in users
        }

    def check(self, asked: set[int], roles: Mapping[int, str]) -> None:
        """Close those of the sessions `asked` about that have no role any more, or a lesser one."""
        for client in list(self.clients):
            if client.session_id not in asked:
                continue
            role = roles.get(client.session_id)
            if role is None or (client.listener.is_admin and role != "admin"):
                client.expel()
                self.leave(client)
            elif role == "admin" and not client.listener.is_admin:
                client.listener = replace(client.listener, is_admin=True)
                self._admins.add(client)

    def _of(self, user_id: int | None) -> set[Client]:
        return self._by_user.get(user_id, set())
