"""A client that asks, and the person it asks: the authorization code flow as two parties see it, every step open to
change.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import FormData
from attrs import Factory, define, frozen
from multidict import CIMultiDictProxy

from mcpbase.serving.bodies import LONGEST_LINE
from mcpserver.compose.service import Service

from .conftest import ServiceClient

REDIRECT_URI = "https://c.example/cb"
VERIFIER = "a-verifier-of-enough-characters-to-be-one-at-all"
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
FORM = "application/x-www-form-urlencoded"

Pairs = dict[str, Any] | list[tuple[str, str]]


@frozen
class Answer:
    """What came back; redirects are not followed."""

    status: int
    headers: CIMultiDictProxy[str]
    text: str
    json: Any

    @property
    def location(self) -> str | None:
        return self.headers.get("Location")

    @property
    def redirect(self) -> dict[str, str]:
        """The answer in the Location's query; a parameter that stands there twice fails the test."""
        assert self.status == 303, self.text
        pairs = parse_qsl(urlsplit(self.headers["Location"]).query, keep_blank_values=True, strict_parsing=True)
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and error code of a JSON answer, which no cache keeps (RFC 6749 section 5.2)."""
        assert self.headers["Cache-Control"] == "no-store"
        return self.status, self.json["error"]

    @property
    def is_page_without_redirect(self) -> bool:
        """How a request is refused whose redirect URI is not proven (OAuth 2.1 section 4.1.2.1)."""
        return self.status == 400 and self.location is None and self.headers["Content-Type"].startswith("text/html")

    def field(self, name: str) -> str:
        """The value of a hidden field of the page."""
        found = re.search(rf'name="{name}"\s+value="([^"]*)"', self.text)
        assert found is not None, self.text
        return unescape(found[1])


@define
class Asker:
    """``http`` is the person's browser as well as the program's connection; nothing at the token endpoint looks at
    cookies.
    """

    http: ServiceClient
    service: Service
    client_id: str = ""
    client_secret: str | None = None
    headers: dict[str, str] = Factory(dict)

    async def send(self, method: str, path: str, *, data: Any = None, **more: Any) -> Answer:
        headers = self.headers | more.pop("headers", {})
        async with self.http.request(
            method,
            path,
            data=data,
            headers=headers,
            allow_redirects=False,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            **more,
        ) as answer:
            body = await answer.text(errors="replace")
            json = await answer.json(content_type=None) if "json" in answer.content_type and body else None
            return Answer(answer.status, answer.headers, body, json)

    async def register(self, **metadata: Any) -> Answer:
        """As a public client, unless ``metadata`` says otherwise; the client asks from now on."""
        document = {
            "client_name": "Asker",
            "redirect_uris": [REDIRECT_URI],
            "token_endpoint_auth_method": "none",
            **metadata,
        }
        answer = await self.send("POST", "/register", json=document)
        if answer.status == 201:
            self.client_id, self.client_secret = answer.json["client_id"], answer.json.get("client_secret")
        return answer

    def request(self, **changes: Any) -> list[tuple[str, str]]:
        """An authorization request that holds, with changes: None leaves out, a list repeats."""
        parameters = {
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "state": "xyz",
            **changes,
        }
        lists = {name: value if isinstance(value, list) else [value] for name, value in parameters.items()}
        return [(name, value) for name, values in lists.items() for value in values if value is not None]

    async def ask(self, **changes: Any) -> Answer:
        """GET /authorize."""
        return await self.send("GET", "/authorize?" + urlencode(self.request(**changes)))

    async def decide(
        self, page: Answer, *, decision: str = "allow", scopes: list[str] | None = None, **changes: str
    ) -> Answer:
        """Fill in the consent page: by default everything it offers is allowed."""
        offered = re.findall(r'name="scope" value="([^"]+)"', page.text)
        form = {"csrf": page.field("csrf"), "request": page.field("request"), "decision": decision} | changes
        ticked = offered if scopes is None else scopes
        return await self.send(
            "POST",
            "/consent",
            data=urlencode([*form.items(), *(("scope", scope) for scope in ticked)]),
            headers={"Content-Type": FORM},
        )

    async def code(self, **changes: Any) -> str:
        """A code for what a signed-in person allowed."""
        return (await self.decide(await self.ask(**changes))).redirect["code"]

    async def token(self, *, path: str = "/token", **form: Any) -> Answer:
        """POST to the token endpoint, with the client's own credentials unless ``form`` has others; None leaves a
        parameter out, a list repeats it.
        """
        credentials = {"client_id": self.client_id, "client_secret": self.client_secret}
        fields = [
            (name, each)
            for name, value in (credentials | form).items()
            for each in (value if isinstance(value, list) else [value])
        ]
        return await self.send("POST", path, data=FormData([pair for pair in fields if pair[1] is not None]))

    async def redeem(self, code: str, **form: Any) -> Answer:
        return await self.token(**{"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER} | form)

    async def refresh(self, refresh_token: str, **form: Any) -> Answer:
        return await self.token(**{"grant_type": "refresh_token", "refresh_token": refresh_token} | form)

    async def tokens(self, **changes: Any) -> dict[str, Any]:
        """A token answer for a new grant."""
        answer = await self.redeem(await self.code(**changes))
        assert answer.status == 200, answer.text
        return dict(answer.json)

    async def is_live(self, access_token: str) -> bool:
        """Whether the resource lets the token in."""
        answer = await self.send("GET", "/api/notes", headers={"Authorization": f"Bearer {access_token}"})
        assert answer.status in (200, 401), answer.text
        return answer.status == 200
