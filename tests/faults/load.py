"""Clients of one person that obtain grants, refresh, revoke and write notes, and check what they were told."""

import asyncio
import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, CookieJar, TCPConnector
from attrs import Factory, define

from ..asker import CHALLENGE, REDIRECT_URI, VERIFIER
from ..conftest import csrf_of
from .ledger import Held, Ledger

SCOPE = "notes:read notes:write offline_access"
REVISION = "2026-07-28"
PASSWORD = "correct horse battery staple"
CALLERS = 4


class Refused(Exception):
    """The service answered 503 with ``Retry-After``, or a tool asked to try again: nothing was acknowledged."""


@define
class Load:
    """The clients; ``client_id`` is a public client's, and ``ledger`` keeps what was acknowledged."""

    url: str
    client_id: str
    ledger: Ledger = Factory(Ledger)
    cookies: CookieJar = Factory(lambda: CookieJar(unsafe=True))
    _count: int = 0

    def session(self) -> ClientSession:
        """Connections of their own, which no earlier fault has broken."""
        return ClientSession(
            self.url,
            cookie_jar=self.cookies,
            timeout=ClientTimeout(30),
            connector=TCPConnector(force_close=True),
        )

    async def sign_in(self) -> None:
        async with self.session() as http:
            async with http.get("/login") as page:
                form = {"login": "ada", "password": PASSWORD, "csrf": csrf_of(await page.text())}
            async with http.post("/login", data=form, allow_redirects=False) as answer:
                assert answer.status == 303, await answer.text()

    async def run(self) -> None:
        """Send requests until cancelled; a broken connection or a 503 is counted and the next request is sent."""
        async with self.session() as http:
            await asyncio.gather(*(self._call(http) for _ in range(CALLERS)))

    async def _call(self, http: ClientSession) -> None:
        while True:
            try:
                await self._journey(http)
            except Refused:
                self.ledger.refused += 1
                await asyncio.sleep(0.1)
            except (ClientError, TimeoutError, ConnectionError):
                self.ledger.cut += 1
                await asyncio.sleep(0.02)

    async def _journey(self, http: ClientSession) -> None:
        held = await self.obtain(http)
        await self.add_note(http, held.access_token)
        assert await self.refresh(http, held) == 200
        await self.add_note(http, held.access_token)
        self._count += 1
        if self._count % 2:
            await self.revoke(http, held)

    async def obtain(self, http: ClientSession) -> Held:
        """Authorize and redeem the code."""
        code = await self._authorize(http)
        status, answer = await self._token(
            http, grant_type="authorization_code", code=code, code_verifier=VERIFIER, redirect_uri=REDIRECT_URI
        )
        assert status == 200, answer
        held = Held(code, answer["refresh_token"], answer["access_token"])
        self.ledger.held.append(held)
        self.ledger.acknowledged += 1
        return held

    async def _authorize(self, http: ClientSession) -> str:
        query = {
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": SCOPE,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        async with http.get(f"/authorize?{urlencode(query)}", allow_redirects=False) as answer:
            _require_available(answer.status, answer.headers)
            page, location = await answer.text(), answer.headers.get("Location")
        if location is None:
            location = await self._allow(http, page)
        return parse_qs(urlsplit(location).query)["code"][0]

    async def _allow(self, http: ClientSession, page: str) -> str:
        found = re.search(r'name="request" value="([^"]+)"', page)
        assert found, page
        form = [("csrf", csrf_of(page)), ("request", unescape(found[1])), ("decision", "allow")]
        form += [("scope", scope) for scope in SCOPE.split()[:2]]
        async with http.post("/consent", data=form, allow_redirects=False) as answer:
            _require_available(answer.status, answer.headers)
            assert answer.status == 303, await answer.text()
            return answer.headers["Location"]

    async def redeem_again(self, http: ClientSession, code: str) -> int:
        """Redeem a code that was redeemed; returns the status."""
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
        return (await self._token(http, **form, redirect_uri=REDIRECT_URI))[0]

    async def refresh(self, http: ClientSession, held: Held) -> int:
        """Refresh and keep the successor; returns the status."""
        status, answer = await self._token(http, grant_type="refresh_token", refresh_token=held.refresh_token)
        if status == 200:
            held.refresh_token, held.access_token = answer["refresh_token"], answer["access_token"]
            self.ledger.acknowledged += 1
        return status

    async def revoke(self, http: ClientSession, held: Held) -> None:
        self.ledger.held.remove(held)  # until it is acknowledged, both outcomes are right
        async with http.post("/revoke", data={"token": held.refresh_token, "client_id": self.client_id}) as answer:
            _require_available(answer.status, answer.headers)
            assert answer.status == 200, await answer.text()
        self.ledger.revoked.append(held.refresh_token)
        self.ledger.acknowledged += 1

    async def add_note(self, http: ClientSession, token: str) -> None:
        self._count += 1
        text = f"note {self._count}"
        answer = await self.call_tool(http, token, "add_note", {"text": text})
        self.ledger.notes[answer["id"]] = text
        self.ledger.acknowledged += 1

    async def call_tool(self, http: ClientSession, token: str, name: str, arguments: Mapping[str, Any]) -> Any:
        prefix = "io.modelcontextprotocol/"
        meta = {prefix + "protocolVersion": REVISION, prefix + "clientCapabilities": {}}
        params = {"name": name, "arguments": arguments, "_meta": meta}
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": REVISION,
            "Mcp-Method": "tools/call",
            "Mcp-Name": name,
        }
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        async with http.post("/mcp", json=message, headers=headers) as answer:
            _require_available(answer.status, answer.headers)
            said = await answer.json()
        assert "result" in said, said
        if "try again in a few seconds" in str(said["result"]["content"]):
            raise Refused
        assert not said["result"].get("isError"), said
        return said["result"]["structuredContent"]

    async def _token(self, http: ClientSession, **form: str) -> tuple[int, dict[str, Any]]:
        async with http.post("/token", data={**form, "client_id": self.client_id}) as answer:
            _require_available(answer.status, answer.headers)
            return answer.status, await answer.json()

    async def check(self) -> None:
        """Raise AssertionError where something acknowledged is lost, or something spent or revoked is accepted.

        Uses up the grants: a code that is redeemed again revokes its grant (RFC 6749 section 4.1.2).
        """
        ledger = self.ledger
        async with self.session() as http:
            for held in ledger.held:
                assert await self.refresh(http, held) == 200, "an acknowledged grant is lost"
            for token in ledger.revoked:
                assert await self.refresh(http, Held("", token, "")) == 400, "a revoked grant is accepted"
            await self._check_notes(http)
            for held in ledger.held:
                assert await self.redeem_again(http, held.code) == 400, "a code was accepted twice"
        ledger.held.clear()
        ledger.revoked.clear()

    async def _check_notes(self, http: ClientSession) -> None:
        token, found = (await self.obtain(http)).access_token, dict[int, str]()
        before: dict[str, object] = {}
        while self.ledger.notes.keys() - found.keys():
            page = await self.call_tool(http, token, "list_notes", {"limit": 50, **before})
            found |= {note["id"]: note["text"] for note in page["notes"]}
            if not page.get("nextBefore") and not page.get("next_before"):
                break
            before = {"before": page.get("nextBefore") or page["next_before"]}
        assert self.ledger.notes.items() <= found.items(), "an acknowledged note is lost"
        self.ledger.notes.clear()


def _require_available(status: int, headers: Mapping[str, str]) -> None:
    if status == 503:
        assert int(headers["Retry-After"]) > 0
        raise Refused
