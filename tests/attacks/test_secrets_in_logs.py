"""Row O1 of the attack catalogue: no secret is in a log, a traceback or the list of processes, at any level,
wherever it was put by mistake.
"""

import json
import logging
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from aiohttp import ClientSession, CookieJar
from attrs import define, field

from mcpbase.masking import MASK, masked, masked_path
from mcpserver.cli.process.logging_setup import MaskingFormatter
from mcpserver.secrets import SecretKind

from ..asker import CHALLENGE, REDIRECT_URI, VERIFIER
from ..conftest import PASSWORD, csrf_of
from ..ports import free_port
from ..processes import Program, add_user, running, start_service

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLW5vYm9keQ"
REFRESH = "refresh_q3V0ZmVuLWdlbmVyaWMtc2VjcmV0LW9mLTI1Ni1iaXRz"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    database = tmp_path / "mcpserver.db"
    with running(
        start_service(
            database, port=free_port(), settings={"log_level": "debug", "openid": "true", "refresh_reuse_window": 0}
        )
    ) as program:
        add_user(database, "ada", PASSWORD, name="Ada", email="ada@example.com")
        yield program


@define
class Canaries:
    """A person and a client that go through everything, and note each secret they meet."""

    http: ClientSession
    url: str
    secrets: dict[str, str] = field(factory=dict)

    async def sign_in(self) -> None:
        page = await (await self.http.get(f"{self.url}/login")).text()
        form = {"login": "ada", "password": PASSWORD, "csrf": csrf_of(page)}
        async with self.http.post(f"{self.url}/login", data=form, allow_redirects=False) as answer:
            assert answer.status == 303
        self.secrets |= {"password": PASSWORD, "csrf": csrf_of(page)} | {
            cookie.key: cookie.value for cookie in self.http.cookie_jar
        }

    async def register(self) -> dict[str, Any]:
        document = {
            "client_name": "Canary",
            "redirect_uris": [REDIRECT_URI],
            "token_endpoint_auth_method": "client_secret_post",
        }
        async with self.http.post(f"{self.url}/register", json=document) as answer:
            client: dict[str, Any] = await answer.json()
        self.secrets |= {name: client[name] for name in ("client_secret", "registration_access_token")}
        return client

    async def code(self, client_id: str) -> str:
        asked = {
            "client_id": client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid notes:read offline_access",
        }
        query = urlencode(
            {
                **asked,
                "code_challenge": CHALLENGE,
                "code_challenge_method": "S256",
                "state": "canary-of-the-state-9f1c",
                "nonce": "n",
            }
        )
        page = await (await self.http.get(f"{self.url}/authorize?{query}")).text()
        sealed = re.search(r'name="request"\s+value="([^"]+)"', page)
        assert sealed is not None, page
        form = [
            ("csrf", csrf_of(page)),
            ("request", sealed[1]),
            ("scope", "notes:read"),
            ("scope", "openid"),
            ("decision", "allow"),
        ]
        async with self.http.post(f"{self.url}/consent", data=form, allow_redirects=False) as answer:
            code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
        self.secrets |= {"request": sealed[1], "code": code, "verifier": VERIFIER}
        return code

    async def token(self, **form: str) -> dict[str, Any]:
        async with self.http.post(f"{self.url}/token", data=form) as answer:
            said: dict[str, Any] = await answer.json()
        self.secrets |= {
            f"{name} {len(self.secrets)}": said[name]
            for name in ("access_token", "refresh_token", "id_token")
            if name in said
        }
        return said

    async def mistakes(self, secret: str, client: dict[str, Any]) -> None:
        """Everything that somebody may do with a secret who does not look where it goes."""
        form = {"grant_type": "refresh_token", "refresh_token": secret, "client_id": client["client_id"]}
        for path in (
            f"/{secret}",
            f"/mcp/{quote(secret, safe='')}",
            f"/register/{secret}",
            f"/static/{secret}.css",
            f"/api/notes/{secret}",
            f"/authorize/{secret}",
        ):
            await self._send("GET", path)
            await self._send("POST", path, data=form)
        for query in (
            {"client_id": secret},
            {"client_id": f"https://c.example/{secret}"},
            {"client_id": client["client_id"], "redirect_uri": secret},
        ):
            await self._send("GET", "/authorize?" + urlencode({**query, "resource": secret, "response_type": "code"}))
        valid = {
            "client_id": client["client_id"],
            "redirect_uri": REDIRECT_URI,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        for wrong in (
            {"scope": secret},
            {"resource": secret},
            {"response_type": secret},
            {"response_mode": secret},
            {"prompt": secret},
            {"max_age": secret},
        ):
            await self._send("GET", "/authorize?" + urlencode({"response_type": "code", **valid, **wrong}))
        for fields in (
            {"grant_type": secret},
            {"client_id": secret},
            {"client_id": secret, "client_secret": secret},
            {"grant_type": "authorization_code", "code": secret, "redirect_uri": secret},
            {"scope": secret},
            {"resource": secret},
            {"client_assertion": secret, "client_assertion_type": secret},
        ):
            for path in ("/token", "/revoke", "/introspect", "/par", "/device_authorization"):
                await self._send("POST", path, data={**form, **{"client_secret": client["client_secret"]}, **fields})
        for header in (
            f"Bearer {secret}",
            f"Basic {b64encode(f'{secret}:{secret}'.encode()).decode()}",
            secret,
            f"DPoP {secret}",
        ):
            for path in ("/mcp", "/api/notes", "/token", "/userinfo", f"/register/{client['client_id']}"):
                await self._send(
                    "POST",
                    path,
                    data=form,
                    headers={"Authorization": header, "DPoP": secret, "Origin": f"https://{secret}.example"},
                )
        for document in (
            {"redirect_uris": [secret]},
            {"client_name": secret, "redirect_uris": [f"http://{secret}/"]},
            {"jwks_uri": secret},
            [secret],
        ):
            await self._send("POST", "/register", json=document)
        message = {"jsonrpc": "2.0", "id": 1, "method": secret, "params": {"name": secret, "uri": f"notes://{secret}"}}
        for method in (secret, "tools/call", "resources/read", "tools/list"):
            headers = {
                "Authorization": f"Bearer {self.secrets['access_token 10']}"
                if "access_token 10" in self.secrets
                else "",
                "Mcp-Session-Id": secret,
            }
            await self._send("POST", "/mcp", json={**message, "method": method}, headers=headers)
        await self._send(
            "GET",
            "/end-session?"
            + urlencode({"id_token_hint": secret, "client_id": secret, "post_logout_redirect_uri": secret}),
        )

    async def _send(self, method: str, path: str, **more: Any) -> None:
        async with self.http.request(method, self.url + path, allow_redirects=False, **more) as answer:
            await answer.read()
            assert answer.status < 500, (method, path, answer.status)


async def test_o1_no_secret_of_a_whole_flow_is_in_the_log(program: Program) -> None:
    """ASVS 16.2.5: at the level debug, with every secret put wherever it may be put by mistake; and none is in the
    arguments of the process.
    """
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        canaries = Canaries(http, program.url)
        await canaries.sign_in()
        client = await canaries.register()
        credentials = {name: client[name] for name in ("client_id", "client_secret")}
        code = await canaries.code(client["client_id"])
        first = await canaries.token(grant_type="authorization_code", code=code, code_verifier=VERIFIER, **credentials)
        second = await canaries.token(grant_type="refresh_token", refresh_token=first["refresh_token"], **credentials)
        assert {"access_token", "refresh_token"} <= set(second)
        await canaries.token(grant_type="authorization_code", code=code, code_verifier=VERIFIER, **credentials)
        for secret in (
            second["access_token"],
            second["refresh_token"],
            first["id_token"],
            code,
            client["client_secret"],
        ):
            await canaries.mistakes(secret, client)
        (session,) = [cookie.value for cookie in http.cookie_jar if "session" in cookie.key]
        await canaries.mistakes(session, client)
    arguments = _arguments(program.process.pid)
    program.stop()
    written = "".join(program.lines)
    assert written.count("POST /token") > 20
    assert MASK in written
    seen = {
        name
        for name, secret in canaries.secrets.items()
        if secret in written or secret in arguments or _middle(secret) in written
    }
    assert seen == set()


def _arguments(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def _middle(secret: str) -> str:
    """Half of a secret would be too much as well; of a JWT, its signature."""
    last = secret.rpartition(".")[2]
    return last[len(last) // 4 : -len(last) // 4 or None] if len(last) > 40 else secret


@pytest.mark.parametrize(
    "secret",
    [
        JWT,
        REFRESH,
        "code_" + "aB3-_" * 9,
        "Xb7Qe91LmZt4Kp0WrYc2",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "qk3v9x1m4t7z2b8n6c5r0w1y",
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    ],
)
def test_o1_what_looks_like_a_secret_is_masked_wherever_it_stands(secret: str) -> None:
    for text in (
        secret,
        f"/{secret}",
        f"/a/{secret}/b.json",
        f"client '{secret}' failed",
        f"https://c.example/{secret}?x={secret}",
        f"my-{secret}",
        f"{secret}.",
    ):
        assert secret not in masked(text)
        assert secret not in masked_path(text)
        assert _middle(secret) not in masked(text)
    escaped = "".join(f"%{ord(character):02x}" for character in secret)
    assert escaped not in masked_path(f"/{escaped}")


def test_o1_secret_is_known_by_its_prefix_where_chance_made_it_look_plain() -> None:
    for prefix in {kind.prefix for kind in SecretKind} | {kind.value for kind in SecretKind}:
        assert masked(f"no {prefix}_{'abcdefgh' * 5} here") == f"no {prefix}_{MASK} here"


@pytest.mark.parametrize(
    "text",
    [
        "Bearer abcdefghijklmnopqrst",
        "Basic YWRhOmFkYWRhZGFkYWRh",
        "client_secret=shortish",
        "code_verifier=aaaaaaaaaaaaaaaa",
    ],
)
def test_o1_credentials_behind_their_names_are_masked(text: str) -> None:
    assert masked(text) == re.split(r"(?<=[ =])", text)[0] + MASK


@pytest.mark.parametrize(
    "text",
    [
        "/.well-known/oauth-protected-resource/mcp",
        "/static/webclient.css",
        "client client_0123456789abcdef0123456789abcdef failed authentication",
        "code_challenge_methods_supported must name S256",
        "the grant 6f9619ff-8b86-d011-b42d-00cf4fc964ff",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "https://claude.ai/oauth/claude-code-client-metadata",
        "File mcpserver/transports/streamable_http.py, line 120, in handle_request_of_version_2025_11_25",
        "[trace 0af7651916cd43dd8448eb211c80319c]",
        "A DPoP proof is required: Bearer authentication is not enough",
    ],
)
def test_o1_what_an_operator_needs_to_read_stays(text: str) -> None:
    assert masked(text) == text


def test_o1_tracebacks_are_masked_too() -> None:
    """Whatever a line of the log was made of."""
    formatter = MaskingFormatter("%(message)s")
    try:
        json.loads(f'{{"{REFRESH}": ')
        raise AssertionError
    except ValueError as error:
        fault = ValueError(f"{REFRESH}: {error}")
        record = logging.LogRecord(
            "x", logging.ERROR, "x", 1, "fault in %s", (f"/{JWT}",), (ValueError, fault, error.__traceback__)
        )
    written = formatter.format(record)
    assert "Traceback" in written
    assert REFRESH not in written
    assert JWT not in written


def test_o1_masking_takes_linear_time() -> None:
    """Whatever somebody makes us log: what is cut is cut first, and 64 KB of the worst are looked at once."""
    for worst in (
        "a" * 60_000,
        "aB1" * 20_000,
        "eyJ" * 20_000,
        "code_" * 12_000,
        "bearer " * 9_000,
        "." * 60_000,
        "%3D" * 20_000,
    ):
        assert len(masked(worst)) <= 1100
        masked(worst, most=None)
        masked_path(worst)
