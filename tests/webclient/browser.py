"""A person's browser, as far as pages without JavaScript need one: cookies, links, forms, redirects."""

import asyncio
import hashlib
import re
from functools import cached_property
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from aiohttp import ClientSession, CookieJar
from attrs import define, field

CONNECTING = "Connecting …"
SESSION = re.compile(r"webclient-[0-9a-f]{16}")
"""The name of the cookie."""
SKIPPED = frozenset({"style", "script"})


@define
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(factory=dict)


class Reader(HTMLParser):
    """Text, links and forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.links: dict[str, str] = {}
        self.forms: list[Form] = []
        self.tags: list[str] = []
        self._link: str | None = None
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        name = given.get("name", "")
        if tag == "a":
            self._link = given.get("href")
        elif tag == "form":
            self.forms.append(Form(given["action"], given.get("method", "get")))
        elif tag == "input" and name and self.forms:
            if given.get("type") != "checkbox" or "checked" in given:
                self.forms[-1].fields[name] = given.get("value", "")
        elif tag == "textarea":
            self._area = name
            self.forms[-1].fields[name] = ""
        elif tag == "select":
            self._select = name
            self.forms[-1].fields[name] = ""
        elif tag == "option" and self._select and "selected" in given:
            self.forms[-1].fields[self._select] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        self._link = None if tag == "a" else self._link
        self._area = None if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if self._area is not None:
            # HTML drops a line break right after the tag.
            self.forms[-1].fields[self._area] += data if self.forms[-1].fields[self._area] else data.removeprefix("\n")
        elif words:
            self.text.append(words)
            if self._link:
                self.links[words] = self._link


@define
class Page:
    status: int
    url: str
    html: str
    headers: Any

    @cached_property
    def reader(self) -> Reader:
        """Made when somebody looks: to read every page costs a fifth of these tests."""
        reader = Reader()
        reader.feed(self.html)
        return reader

    @property
    def text(self) -> str:
        return " ".join(self.reader.text)

    def form(self, action_end: str, **having: str) -> Form:
        """The form whose action ends so and whose fields hold the given values."""
        for form in self.reader.forms:
            if form.action.endswith(action_end) and having.items() <= form.fields.items():
                return form
        raise AssertionError(f"does not describe a form {action_end} {having} on {self.url}:\n{self.text}")

    @property
    def path(self) -> str:
        return self.url.split("#")[0].split("?")[0]


@define
class Browser:
    """Follows redirects like a browser does, from one origin to the next; ``stop_at`` keeps it from opening an
    address.
    """

    home: str
    session: ClientSession = field(factory=lambda: ClientSession(cookie_jar=CookieJar(unsafe=True)))

    async def close(self) -> None:
        await self.session.close()

    @property
    def owner(self) -> bytes:
        """The digest under which the store knows this browser."""
        value = next(cookie.value for cookie in self.session.cookie_jar if SESSION.fullmatch(cookie.key))
        return hashlib.sha256(b"session " + value.encode()).digest()

    async def get(self, address: str, **options: Any) -> Page:
        """``address`` may be relative to the first page, which lies below a path."""
        below = address.startswith("/") and not address.startswith(("/k/", "/healthz", "/static/", "/frame/"))
        return await self._open("GET", self.home + address if below else urljoin(self.home + "/", address), **options)

    async def submit(self, page: Page, form: Form, *, stop_at: str | None = None, **fields: str) -> Page:
        values = {**form.fields, **{name.replace("__", "."): value for name, value in fields.items()}}
        return await self._open("POST", self._linked(page, form.action), data=values, stop_at=stop_at)

    async def _open(self, method: str, url: str, *, stop_at: str | None = None, **options: Any) -> Page:
        for _ in range(10):
            async with self.session.request(method, url, allow_redirects=False, **options) as answer:
                location = answer.headers.get("Location")
                html = await answer.text()
                if answer.status not in (302, 303, 307) or location is None:
                    page = Page(
                        answer.status,
                        url,
                        html.replace(f'"{self.below}/', '"/') if url.startswith(self.home) else html,
                        answer.headers,
                    )
                    return (
                        await self._through_the_door(page)
                        if 'action="/enter"' in html and answer.status == 403
                        else page
                    )
            url, method, options = urljoin(url, location), "GET", {}
            if stop_at and stop_at in url:
                return Page(0, url, "", {})
        raise AssertionError("too many redirects")

    async def _through_the_door(self, page: Page) -> Page:
        """With the address of the pages, as a person without scripts does it, when they are known here."""
        if not self.home.startswith(self.origin + "/k/") or not page.url.startswith(self.origin) or "/k/" in page.url:
            return page
        return await self.submit(page, page.form("/enter"), address=self.home)

    @property
    def origin(self) -> str:
        """Of the web client's pages."""
        return "{0.scheme}://{0.netloc}".format(urlsplit(self.home))

    @property
    def below(self) -> str:
        """The path that the web client's pages lie below; tests see their addresses without it."""
        return urlsplit(self.home).path

    def _linked(self, page: Page, address: str) -> str:
        return (
            self.home + address
            if address.startswith("/") and page.url.startswith(self.home)
            else urljoin(page.url, address)
        )

    async def add(self, url: str, *, stop_at: str | None = None, **fields: str) -> Page:
        """Add an integration the way a person does, who stays until it is known what came of it."""
        return await self.stay(await self.begin(url, stop_at=stop_at, **fields))

    async def begin(self, url: str, *, stop_at: str | None = None, **fields: str) -> Page:
        """The page that one sees at once."""
        page = await self.get("/add")
        return await self.submit(page, page.form("/add"), url=url, stop_at=stop_at, **fields)

    async def stay(self, page: Page) -> Page:
        """Look at a page as long as it says that the connection is being made."""
        while CONNECTING in page.html:
            events = re.search(r'data-events="([^"]+)"', page.html)
            assert events
            async with asyncio.timeout(20), self.session.get(self._linked(page, events[1])) as stream:
                while await stream.content.readline() != b"data: state\n":
                    pass
            page = await self.get(page.path)
        return page

    async def call(self, page: Page, tool: str, **arguments: str) -> Page:
        opened = await self.get(f"{self.room_of(page)}/tool?{urlencode({'name': tool})}")
        named = {
            name if name.startswith(("size.", "pick.")) else f"arg./{name}": value for name, value in arguments.items()
        }
        return await self.submit(opened, opened.form("/call", tool=tool), **named)

    @staticmethod
    def room_of(page: Page) -> str:
        """The address of the integration that a page is about, below the first page's."""
        return "/integrations/" + urlsplit(page.url).path.partition("/integrations/")[2].split("/")[0]
