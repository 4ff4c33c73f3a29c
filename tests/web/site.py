"""The pages as a browser without scripts uses them: it follows links and fills in forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


@dataclass
class Form:
    """A form: where it goes, and the values it would send as it stands."""

    action: str
    method: str
    values: dict[str, Any] = field(default_factory=dict)


class Page(HTMLParser):
    """What stands on a page."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.status = response.status_code
        self.headers = response.headers
        self.address = response.request.full_path.rstrip("?")
        self.html = response.text
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.ids: set[str] = set()
        self.marked: dict[str, dict[str, str]] = {}
        self.main: dict[str, str] = {}
        self.text = ""
        self._link: str | None = None
        self._select = self._area = ""
        self.feed(self.html)
        self.text = " ".join(self.text.split())

    def form(self, action: str) -> Form:
        """The form that goes to `action`: that which changes something, if others only ask."""
        found = [form for form in self.forms if form.action == action]
        found.sort(key=lambda form: form.method != "post")
        assert found, f"no form goes to {action}: {[form.action for form in self.forms]}"
        return found[0]

    @property
    def token(self) -> str:
        """The CSRF token of this browser."""
        return str(self.marked["csrf_token"]["value"])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids.add(given.get("id", ""))
        self.marked[given.get("name", "")] = given
        if tag == "main":
            self.main = given
        if tag == "form":
            # No browser sends the part behind `#`: there it looks for where to scroll to.
            action = given.get("action", self.address).partition("#")[0]
            self.forms.append(Form(action, given.get("method", "get")))
        elif tag == "a":
            self._link = given.get("href")
        elif self.forms:
            self._see_field(tag, given)

    def _see_field(self, tag: str, given: dict[str, str]) -> None:
        match tag:
            case "input" if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self._keep(given.get("name"), given.get("value", ""))
            case "select":
                self._select = given["name"]
            case "option" if "selected" in given:
                self._keep(self._select, given.get("value", ""))
            case "textarea":
                self._area = given["name"]
                self._keep(self._area, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._area:
            # A browser drops the line break right after the tag.
            self._keep(self._area, data.removeprefix("\r\n").removeprefix("\n"))
        if self._link and data.strip():
            self.links.setdefault(data.strip(), self._link)
        self.text += data

    def _keep(self, name: str | None, value: str) -> None:
        if name:
            self.forms[-1].values[name] = value


class Site:
    """A browser: it keeps cookies, follows redirects, and sends what forms hold."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def open(self, path: str, **kwargs: Any) -> Page:
        """Open a page, wherever it leads."""
        return Page(self.client.get(path, follow_redirects=True, **kwargs))

    def submit(self, path: str, action: str, /, **values: Any) -> Page:
        """Open a page, fill in its form that goes to `action`, send it, and see what comes."""
        return self.send(self.open(path).form(action), **values)

    def send(self, form: Form, **values: Any) -> Page:
        """Send a form with these values instead of its own; None leaves a field out."""
        data = {name: text for name, text in (form.values | values).items() if text is not None}
        response = self.client.post(form.action, data=data, follow_redirects=True)
        for answer in (*response.history, response):  # a large body went through a file
            answer.request.environ["wsgi.input"].close()
        return Page(response)

    def press(self, path: str, action: str, **values: Any) -> Page:
        """Press a button with an address of its own, in a form of a page."""
        page = self.open(path)
        assert f'formaction="{action}"' in page.html
        token = page.token
        return self.send(Form(action, "post", {"csrf_token": token}), **values)

    def sign_in(self, login: str, password: str, **values: Any) -> Page:
        """Sign in by the form."""
        return self.submit("/login", "/login", login=login, password=password, **values)
