"""A scripted person at a browser: opens an address, signs in on the real form, answers the real consent page."""

from contextlib import AbstractAsyncContextManager
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

from aiohttp import ClientResponse, ClientSession, CookieJar
from attrs import define, field
from yarl import URL

REDIRECTS = {301, 302, 303}
Fields = list[tuple[str, str]]


@define
class Form:
    """One form of a page: what submitting it untouched would send (without its buttons), and its boxes and buttons."""

    action: str
    fields: Fields = field(factory=list)
    boxes: list[str] = field(factory=list)
    buttons: Fields = field(factory=list)

    def names(self) -> set[str]:
        return {name for name, _ in self.fields}

    def filled(self, **values: str) -> Fields:
        """The fields with ``values`` typed in. Raises KeyError for a field the form does not have."""
        for name in values.keys() - self.names():
            raise KeyError(name)
        return [(name, values.get(name, value)) for name, value in self.fields]


class FormReader(HTMLParser):
    """HTML forms as a browser sees them: only what tests of these pages need."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        name, value, kind = attributes.get("name", ""), attributes.get("value", ""), attributes.get("type", "text")
        if tag == "form":
            self.forms.append(Form(attributes.get("action", "")))
        elif not name or not self.forms:
            return
        elif tag == "button":
            self.forms[-1].buttons.append((name, value))
        elif tag == "input" and kind == "checkbox":
            self.forms[-1].boxes.append(value)
            if "checked" in attributes:
                self.forms[-1].fields.append((name, value))
        elif tag == "input" and kind != "submit":
            self.forms[-1].fields.append((name, value))


@define
class Page:
    """What the browser shows: its address, its status and its forms."""

    url: str
    status: int
    text: str

    def form(self, *names: str) -> Form:
        """The form with these fields. Raises LookupError when the page has none."""
        for form in FormReader(self.text).forms:
            if set(names) <= form.names():
                return form
        raise LookupError(f"No form with {', '.join(names)} at {self.url} ({self.status}): {self.text[:2000]}")

    def all_forms(self) -> list[Form]:
        return FormReader(self.text).forms

    def has(self, *names: str) -> bool:
        return any(set(names) <= form.names() for form in FormReader(self.text).forms)


@define
class Person:
    """Someone with an account and a browser of their own. Use as an async context manager."""

    username: str
    password: str
    _session: ClientSession = field(init=False)

    async def __aenter__(self) -> Self:
        # Cookies for addresses such as 127.0.0.1 need the unsafe jar.
        self._session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._session.close()

    async def consent(
        self, authorization_url: str, *, without: frozenset[str] = frozenset(), decision: str = "allow"
    ) -> str:
        """Sign in when asked, untick the scopes in ``without``, press the button.

        Returns the address the browser ends up at.
        """
        page = await self.open(authorization_url)
        if page.has("password"):
            page = await self.submit(
                page, page.form("password").filled(login=self.username, password=self.password), page.form("password")
            )
        form = page.form("request")
        ticked = [(name, value) for name, value in form.fields if name != "scope" or value not in without]
        assert ("decision", decision) in form.buttons
        return (await self.submit(page, [*ticked, ("decision", decision)], form)).url

    async def open(self, url: str) -> Page:
        """Go to an address, following redirects as a browser does (303 to GET, on any site)."""
        async with self._session.get(URL(url, encoded=True), allow_redirects=False) as response:
            return await self._arrive(url, response)

    async def submit(self, page: Page, fields: Fields, form: Form) -> Page:
        """POST ``fields`` to where ``form`` points, with the Origin a browser would add."""
        url = urljoin(page.url, form.action)
        async with self._post(page, url, fields) as response:
            return await self._arrive(url, response)

    async def leave(self, page: Page, fields: Fields, form: Form) -> str:
        """The same, to where the answer leads away to, without going there."""
        async with self._post(page, urljoin(page.url, form.action), fields) as response:
            return response.headers["Location"]

    def _post(self, page: Page, url: str, fields: Fields) -> AbstractAsyncContextManager[ClientResponse]:
        headers = {"Origin": str(URL(page.url).origin())}
        return self._session.post(URL(url, encoded=True), data=fields, headers=headers, allow_redirects=False)

    async def _arrive(self, url: str, response: ClientResponse) -> Page:
        if response.status in REDIRECTS:
            return await self.open(urljoin(url, response.headers["Location"]))
        return Page(url, response.status, await response.text())
