"""Signing in to the pages themselves, where others can reach them."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from argon2 import PasswordHasher
from attrs import define, evolve, field
from joserfc import jwk, jwt

from mcpbase.settings.loader import SettingError
from mcpbase.sign_in.errors import Throttled, WeakPassword
from mcpbase.sign_in.passwords import Passwords
from mcpbase.sign_in.throttle import Throttle
from tests.ports import free_port
from tests.signer import any_header
from webclient.app import create_app
from webclient.pages.http.context import PEOPLE
from webclient.pages.sign_in import local
from webclient.people.service import ABSOLUTE, IDLE, NameTaken, People
from webclient.settings import Settings, load
from webclient.sources import Sources
from webclient.storage.opening import open_store

from .browser import SESSION, Browser, Page
from .conftest import Clock, Running
from .foreign import Foreign

PASSWORD = "correct horse"


@pytest.fixture
async def open_to_others(tmp_path: Path) -> AsyncIterator[Running]:
    """Pages that others could reach: they listen on every address. Ada and Eve have a password."""
    settings = Settings(
        host="0.0.0.0",
        port=free_port(),
        database=f"sqlite:///{tmp_path / 'client.db'}",
        private_addresses="on",
        request_timeout=4,
    )
    sources = Sources()
    store = await open_store(settings, sources)
    for name in ("Ada", "Eve"):
        await People(store.people, sources).add(name, PASSWORD)
    await store.close()
    running = Running(settings, Clock())
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def ada(open_to_others: Running) -> AsyncIterator[Browser]:
    browser = Browser(open_to_others.home)
    yield browser
    await browser.close()


@pytest.fixture
async def eve(open_to_others: Running) -> AsyncIterator[Browser]:
    browser = Browser(open_to_others.home)
    yield browser
    await browser.close()


async def signed_in(browser: Browser, name: str, password: str = PASSWORD, at: str = "/") -> Page:
    page = await browser.get(at)
    return await browser.submit(page, page.form("/sign-in"), name=name, password=password)


async def test_nothing_is_shown_before_the_sign_in(ada: Browser) -> None:
    for path in ("/", "/add", "/integrations/x", "/integrations/x/trace.har", "/nothing"):
        page = await ada.get(path)
        assert page.status == 401
        assert "Sign in" in page.text
        assert "Integrations" not in page.text
    assert (await ada.get("/healthz")).status == 200


async def test_x8_every_route_asks_who_is_there(ada: Browser, open_to_others: Running) -> None:
    """Read from the routes themselves, so that a new one cannot be forgotten."""
    open_ones = {
        "/healthz",
        "/sign-in",
        "/sign-in/provider",
        "/sign-in/callback",
        "/client.json",
        "/keyed-client.json",
        "/enter",
        "/frame/{token}",
    }
    asked = 0
    for resource in open_to_others.app.router.resources():
        place = resource.canonical.removeprefix("/k/{key}")
        if place in open_ones or place.startswith("/static"):
            continue
        for route in resource:
            path = place.replace("{id}", "x").replace("{call}", "y").replace("{number}", "1").replace("{name}", "z")
            async with ada.session.request(route.method, ada.home + path, allow_redirects=False) as answer:
                assert answer.status in (401, 405), (route.method, path)
                assert route.method == "HEAD" or "Sign in" in await answer.text()
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            asked += 1
    assert asked > 40


async def test_the_sign_in_leads_to_what_was_asked_for(ada: Browser) -> None:
    page = await signed_in(ada, " ada ", at="/add?url=https://mcp.example/mcp")
    assert page.form("/add").fields["url"] == "https://mcp.example/mcp"
    assert "Ada" in page.text


@pytest.mark.parametrize(("name", "password"), [("Ada", "wrong"), ("Nobody", PASSWORD), ("", ""), ("Ada", "x" * 5000)])
async def test_a_wrong_name_and_a_wrong_password_read_the_same(ada: Browser, name: str, password: str) -> None:
    page = await signed_in(ada, name, password)
    assert page.status == 401
    assert "The name or the password is wrong." in page.text


async def test_guesses_cost_time_for_everybody_who_makes_them(
    ada: Browser, eve: Browser, open_to_others: Running
) -> None:
    for _ in range(6):
        await signed_in(ada, "Ada", "wrong")
    refused = await signed_in(eve, "Ada")
    assert (refused.status, "Too many failed attempts" in refused.text) == (429, True)
    assert (await signed_in(eve, "Eve")).status == 200
    open_to_others.clock.at += 300
    assert (await signed_in(ada, "Ada")).status == 200


async def test_what_the_browser_held_before_opens_nothing(ada: Browser) -> None:
    """Session fixation: the value changes when somebody signs in, and again when they sign out."""
    await ada.get("/")
    before = cookie_of(ada)
    page = await signed_in(ada, "Ada")
    held = cookie_of(ada)
    assert held != before
    await ada.submit(page, page.form("/sign-out"))
    ada.session.cookie_jar.update_cookies({cookie_of(ada, name=True): held})
    assert (await ada.get("/")).status == 401


def cookie_of(browser: Browser, *, name: bool = False) -> str:
    return next(
        cookie.key if name else cookie.value for cookie in browser.session.cookie_jar if SESSION.fullmatch(cookie.key)
    )


async def test_x8_what_is_ones_own_is_nobody_elses(ada: Browser, eve: Browser, foreign: Foreign) -> None:
    await signed_in(ada, "Ada")
    page = await ada.call(await ada.add(foreign.url), "whoami")
    await signed_in(eve, "Eve")
    for path in ("", "/trace", "/trace.json?run=all", "/calls", "/settings", "/events"):
        assert (await eve.get(f"{eve.room_of(page)}{path}")).status == 404
    assert (await eve.get(page.path)).status == 404
    assert "Connect your first MCP server" in (await eve.get("/")).text


async def test_integrations_are_there_from_another_browser(ada: Browser, eve: Browser, foreign: Foreign) -> None:
    await signed_in(ada, "Ada")
    page = await ada.add(foreign.url)
    await signed_in(eve, "Ada")
    assert (await eve.get(eve.room_of(page))).status == 200


async def test_sessions_end(ada: Browser, open_to_others: Running) -> None:
    await signed_in(ada, "Ada")
    for _ in range(4):
        open_to_others.clock.at += IDLE - 10
        assert (await ada.get("/")).status == 200
    open_to_others.clock.at += ABSOLUTE - 4 * (IDLE - 10)
    assert (await ada.get("/")).status == 401
    await signed_in(ada, "Ada")
    open_to_others.clock.at += IDLE
    assert (await ada.get("/")).status == 401


async def test_signing_out_everywhere(ada: Browser, eve: Browser) -> None:
    page = await signed_in(ada, "Ada")
    await signed_in(eve, "Ada")
    await ada.submit(page, page.form("/sign-out"), everywhere="yes")
    assert (await eve.get("/")).status == 401


async def test_another_password_ends_the_sessions(ada: Browser, open_to_others: Running) -> None:
    await signed_in(ada, "Ada")
    people = open_to_others.app[PEOPLE]
    person = await people.find("Ada")
    assert person
    await people.store.set_password(person, await people.passwords.hash("another password"))
    assert (await ada.get("/")).status == 401
    assert (await signed_in(ada, "Ada")).status == 401
    assert (await signed_in(ada, "Ada", "another password")).status == 200


async def test_whoever_is_removed_leaves_nothing(ada: Browser, open_to_others: Running, foreign: Foreign) -> None:
    await signed_in(ada, "Ada")
    await ada.add(foreign.url)
    people = open_to_others.app[PEOPLE]
    person = await people.find("Ada")
    assert person
    await people.store.remove(person)
    assert (await ada.get("/")).status == 401
    assert await open_to_others.connections.store.integrations_of(person.owner) == []


async def test_a_form_from_elsewhere_signs_nobody_in(ada: Browser) -> None:
    """Login CSRF."""
    page = await ada.get("/")
    form = page.form("/sign-in")
    form.fields["csrf"] = "forged"
    assert (await ada.submit(page, form, name="Ada", password=PASSWORD)).status == 403


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\nb",
        "",
        "/sign-in",
        "/" + "x" * 3000,
    ],
)
def test_the_way_on_leads_nowhere_else(address: str) -> None:
    """RFC 9700 section 4.11: no open redirector."""
    assert local(address) == "/"
    assert local("/integrations/x?y=z") == "/integrations/x?y=z"


async def test_on_this_machine_nobody_signs_in(browser: Browser) -> None:
    assert "Connect your first MCP server" in (await browser.get("/")).text
    assert (await browser.get("/sign-in")).path.endswith("/")
    page = await browser.get("/add")
    form = page.form("/add")
    form.action = "/sign-in"
    assert (await browser.submit(page, form)).status == 404
    for path in ("/sign-in/provider", "/sign-in/callback"):
        form.action = path
        assert (await browser.submit(page, form)).status in (404, 405)


async def test_pages_for_others_do_not_start_without_anybody(tmp_path: Path) -> None:
    settings = Settings(public_url="https://client.example", database=f"sqlite:///{tmp_path / 'c.db'}")
    runner = web.AppRunner(create_app(settings))
    with pytest.raises(SettingError, match="webclient user add"):
        await runner.setup()
    await runner.cleanup()
    open_one = web.AppRunner(create_app(evolve(settings, open_to_all="on")))
    await open_one.setup()
    await open_one.cleanup()


def test_settings_of_the_sign_in() -> None:
    flags: dict[str, object] = {}
    env = {
        "WEBCLIENT_SIGN_IN_ISSUER": "https://id.example/",
        "WEBCLIENT_SIGN_IN_CLIENT_ID": "me",
        "WEBCLIENT_SIGN_IN_ALLOWED": "Ada@example.org, @b.example",
    }
    settings = load(flags, env)
    assert (settings.sign_in_issuer, settings.sign_in_allowed) == (
        "https://id.example/",
        ("ada@example.org", "@b.example"),
    )
    assert settings.guarded
    for wrong in (
        {"SIGN_IN_ISSUER": "http://id.example"},
        {"SIGN_IN_ALLOWED": "ada"},
        {"OPEN_TO_ALL": "auto"},
        {"SIGN_IN_CLIENT_ID": "me", "SIGN_IN_ISSUER": ""},
    ):
        with pytest.raises(SettingError):
            load(flags, {f"WEBCLIENT_{name}": value for name, value in wrong.items()})
    with pytest.raises(SettingError, match="belong together"):
        load(flags, {"WEBCLIENT_SIGN_IN_CLIENT_ID": "me"})
    with pytest.raises(SettingError) as refused:
        load({**flags, "sign_in_client_secret": " "}, {})
    assert "not usable" in str(refused.value)
    assert "hush" not in repr(Settings(sign_in_client_secret="hush"))


async def test_names_and_passwords_have_rules(tmp_path: Path) -> None:
    sources = Sources()
    store = await open_store(Settings(database="sqlite://"), sources)
    people = People(store.people, sources)
    await people.add("Ada Lovelace", PASSWORD)
    with pytest.raises(NameTaken):
        await people.add("ada  LOVELACE", PASSWORD)
    with pytest.raises(WeakPassword):
        await people.add("Eve", "short")
    for name in ("", " ", "x" * 101, "a\x00b"):
        with pytest.raises(ValueError, match="A name must have"):
            await people.add(name, PASSWORD)
    assert [person.name for person in await people.store.everybody()] == ["Ada Lovelace"]
    await store.close()


def test_made_up_names_push_out_no_attack() -> None:
    throttle = Throttle(Clock().sources())

    def wrong(name: str, address: str) -> None:
        with throttle.attempt(name, address) as attempt:
            attempt.confirm()

    for _ in range(5):
        wrong("ada", "192.0.2.1")
    for number in range(20_005):
        wrong(f"somebody {number}", f"2001:db8:{number:x}::1")
    with pytest.raises(Throttled):
        wrong("ada", "192.0.2.1")
    throttle.forgive("ada", "192.0.2.1")
    wrong("ada", "192.0.2.1")


# An OpenID provider that can lie


@define
class OpenIDProvider:
    """Says yes at once.

    ``claims`` and ``header`` are laid over those of an honest ID token; a value of None leaves one out.
    """

    origin: str
    claims: dict[str, Any] = field(factory=dict)
    header: dict[str, Any] = field(factory=dict)
    metadata: dict[str, Any] = field(factory=dict)
    answer: dict[str, Any] = field(factory=dict)
    unsigned: bool = False
    symmetric: bool = False
    wrong_key: bool = False
    status: int = 200
    keys: Any = None
    asked: dict[str, str] = field(factory=dict)
    seen: list[tuple[dict[str, str], str]] = field(factory=list)
    key: jwk.ECKey | jwk.OKPKey = field(factory=lambda: jwk.ECKey.generate_key("P-256", {"kid": "k"}))

    async def _configuration(self, request: web.Request) -> web.Response:
        paths = {
            name: f"{self.origin}/{path}"
            for name, path in (
                ("authorization_endpoint", "authorize"),
                ("token_endpoint", "token"),
                ("jwks_uri", "jwks"),
            )
        }
        return web.json_response(
            {"issuer": self.origin, "authorization_response_iss_parameter_supported": True, **paths, **self.metadata}
        )

    async def _authorize(self, request: web.Request) -> web.Response:
        self.asked = dict(request.query)
        answer = {"code": "a-code", "state": self.asked["state"], "iss": self.origin, **self.answer}
        query = "&".join(f"{name}={value}" for name, value in answer.items() if value is not None)
        raise web.HTTPFound(f"{self.asked['redirect_uri']}?{query}")

    async def _token(self, request: web.Request) -> web.Response:
        form = dict((await request.post()).items())
        self.seen.append(({name: str(value) for name, value in form.items()}, request.headers.get("Authorization", "")))
        now = 1_790_000_000
        honest = {
            "iss": self.origin,
            "sub": "ada-1",
            "aud": "pages",
            "exp": now + 300,
            "iat": now,
            "nonce": self.asked["nonce"],
            "name": "Ada",
        }
        claims = {name: value for name, value in {**honest, **self.claims}.items() if value is not None}
        return web.json_response(
            {"access_token": "at", "token_type": "Bearer", "id_token": self._signed(claims)}, status=self.status
        )

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.unsigned:
            parts = ({"alg": "none"}, claims)
            return (
                ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
                + "."
            )
        if self.symmetric:
            return jwt.encode(
                {"alg": "HS256", "kid": "k"},
                claims,
                jwk.OctKey.import_key(self.key.as_pem(private=False)),
                algorithms=["HS256"],
            )
        key = jwk.ECKey.generate_key("P-256", {"kid": "k"}) if self.wrong_key else self.key
        header = {"alg": "ES256", "kid": "k", **self.header}
        return jwt.encode(header, claims, key, registry=any_header(str(header["alg"])))

    async def _jwks(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False)]} if self.keys is None else self.keys)

    @asynccontextmanager
    async def serving(self, port: int) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._configuration)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/token", self._token)
        app.router.add_get("/jwks", self._jwks)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield
        finally:
            await runner.cleanup()


@pytest.fixture
async def provider() -> AsyncIterator[OpenIDProvider]:
    port = free_port()
    provider = OpenIDProvider(f"http://127.0.0.1:{port}")
    async with provider.serving(port):
        yield provider


@pytest.fixture
async def guarded(tmp_path: Path, provider: OpenIDProvider) -> AsyncIterator[Running]:
    settings = Settings(
        port=free_port(),
        database=f"sqlite:///{tmp_path / 'client.db'}",
        request_timeout=1,
        sign_in_issuer=provider.origin,
        sign_in_client_id="pages",
        sign_in_client_secret="the-canary-secret",
    )
    running = Running(settings, Clock())
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def visitor(guarded: Running) -> AsyncIterator[Browser]:
    browser = Browser(guarded.home)
    yield browser
    await browser.close()


async def by_provider(browser: Browser, at: str = "/add") -> Page:
    page = await browser.get(at)
    return await browser.submit(page, page.form("/sign-in/provider"))


async def test_people_sign_in_at_a_provider(visitor: Browser, provider: OpenIDProvider) -> None:
    """OpenID Connect Core section 3.1."""
    page = await by_provider(visitor)
    assert page.path.endswith("/add")
    assert "Ada" in page.text
    assert {"openid", "profile", "email"} == set(provider.asked["scope"].split())
    form, authorization = provider.seen[0]
    assert (form["grant_type"], form["code"], authorization[:6]) == ("authorization_code", "a-code", "Basic ")
    assert form["code_verifier"] not in provider.asked.values()


async def test_the_same_person_comes_back_to_what_is_theirs(
    visitor: Browser, guarded: Running, provider: OpenIDProvider, foreign: Foreign
) -> None:
    """OpenID Connect Core section 5.7: iss and sub, whatever the name is."""
    await by_provider(visitor)
    page = await visitor.add(foreign.url)
    other = Browser(guarded.home)
    provider.claims = {"name": "Ada Lovelace"}
    assert "Ada Lovelace" in (await by_provider(other)).text
    assert (await other.get(other.room_of(page))).status == 200
    provider.claims = {"sub": "eve-1"}
    stranger = Browser(guarded.home)
    await by_provider(stranger)
    assert (await stranger.get(other.room_of(page))).status == 404
    await other.close()
    await stranger.close()


@pytest.mark.parametrize(
    "lie",
    [
        {"claims": {"iss": "https://other.example"}},
        {"claims": {"aud": "other"}},
        {"claims": {"aud": ["pages", "other"]}},
        {"claims": {"aud": ["pages", "other"], "azp": "other"}},
        {"claims": {"azp": "other"}},
        {"claims": {"aud": None}},
        {"claims": {"exp": 1_789_999_000}},
        {"claims": {"exp": "soon"}},
        {"claims": {"iat": None}},
        {"claims": {"nonce": "another"}},
        {"claims": {"nonce": None}},
        {"claims": {"sub": ""}},
        {"claims": {"sub": 5}},
        {"claims": {"at_hash": "wrong"}},
        {"header": {"crit": ["nonce"], "nonce": "n"}},
        {"header": {"b64": True}},
        {"header": {"filler": "x" * 6200}},
        {"header": {"kid": "another"}},
        {"unsigned": True},
        {"symmetric": True},
        {"wrong_key": True},
        {"keys": {"keys": []}},
        {"keys": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
        {"keys": {"keys": [{"kty": "EC"}]}},
        {"keys": {"keys": "x"}},
        {"answer": {"iss": "https://other.example"}},
        {"answer": {"iss": None}},
        {"answer": {"state": "forged"}},
        {"answer": {"code": None, "error": "access_denied"}},
        {"answer": {"state": None}},
        {"status": 400},
    ],
    ids=lambda lie: json.dumps(lie)[:60],
)
async def test_a_lie_signs_nobody_in(visitor: Browser, provider: OpenIDProvider, lie: dict[str, Any]) -> None:
    """OpenID Connect Core section 3.1.3.7, RFC 9207 section 2.4, RFC 8725 section 3.1."""
    for name, value in lie.items():
        setattr(provider, name, value)
    page = await by_provider(visitor)
    assert page.status == 403
    assert "Continue to sign in" in page.html
    assert (await visitor.get("/")).status == 401


@pytest.mark.parametrize(
    "claims", [{"aud": ["pages"]}, {"aud": ["pages", "x"], "azp": "pages"}, {"at_hash": "qpnvsTZxPARUgjw3cRTkSA"}]
)
async def test_an_honest_token_in_other_words_is_good(
    visitor: Browser, provider: OpenIDProvider, claims: dict[str, Any]
) -> None:
    if "at_hash" in claims:
        claims = {"at_hash": base64.urlsafe_b64encode(hashlib.sha256(b"at").digest()[:16]).rstrip(b"=").decode()}
    provider.claims = claims
    assert (await by_provider(visitor)).status == 200


@pytest.mark.parametrize(
    "header",
    [{"nonce": "n"}, {"iss": "x", "tty": 7, "pi.atm": "1"}, {"x5c": ["A" * 1500] * 3}, {"typ": "jwt"}],
    ids=" ".join,
)
async def test_what_is_not_known_in_a_header_is_ignored(
    visitor: Browser, provider: OpenIDProvider, header: dict[str, Any]
) -> None:
    """RFC 7515 section 4."""
    provider.header = header
    assert (await by_provider(visitor)).status == 200


@pytest.mark.parametrize(
    ("name", "published"), [("EdDSA", "EdDSA"), ("EdDSA", "Ed25519"), ("Ed25519", "EdDSA"), ("Ed25519", "Ed25519")]
)
async def test_ed25519_under_both_names(visitor: Browser, provider: OpenIDProvider, name: str, published: str) -> None:
    """RFC 8037 section 3.1, RFC 9864; OpenID Connect Core section 3.1.3.6: its hash is SHA-512."""
    provider.key = jwk.OKPKey.generate_key("Ed25519", {"kid": "k"})
    other = jwk.OKPKey.generate_key("Ed25519", {"kid": "other"})
    provider.keys = {"keys": [other.as_dict(private=False), {**provider.key.as_dict(private=False), "alg": published}]}
    provider.header = {"alg": name}
    provider.claims = {"at_hash": base64.urlsafe_b64encode(hashlib.sha512(b"at").digest()[:32]).rstrip(b"=").decode()}
    assert (await by_provider(visitor)).status == 200


@pytest.mark.parametrize("kid", [None, "k"])
async def test_token_without_the_name_of_its_key_fits_one_of_them(
    visitor: Browser, provider: OpenIDProvider, kid: str | None
) -> None:
    """OpenID Connect Core section 10.1: several keys, of which one made it."""
    others: list[Any] = [
        jwk.ECKey.generate_key("P-256"),
        jwk.ECKey.generate_key("P-384", {"kid": "k"}),
        jwk.OKPKey.generate_key("Ed25519", {"kid": "k"}),
    ]
    provider.keys = {"keys": [*(key.as_dict(private=False) for key in others), provider.key.as_dict(private=False)]}
    provider.header = {"kid": kid} if kid else {"kid": 7}
    assert (await by_provider(visitor)).status == 200


@pytest.mark.parametrize(
    "metadata",
    [{"issuer": "https://other.example"}, {"token_endpoint": "http://other.example/token"}, {"jwks_uri": None}],
)
async def test_a_provider_that_describes_itself_wrongly_is_not_used(
    visitor: Browser, provider: OpenIDProvider, metadata: dict[str, Any]
) -> None:
    """OpenID Connect Discovery section 4.3."""
    provider.metadata = metadata
    page = await by_provider(visitor)
    assert (page.status, "The metadata of the identity provider is not valid" in page.text) == (502, True)


async def test_a_secret_goes_as_the_provider_wants_it(visitor: Browser, provider: OpenIDProvider) -> None:
    """RFC 6749 section 2.3.1."""
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    await by_provider(visitor)
    assert (provider.seen[0][0]["client_secret"], provider.seen[0][1]) == ("the-canary-secret", "")


async def test_x6_an_answer_counts_once_and_for_the_browser_that_asked(
    visitor: Browser, guarded: Running, provider: OpenIDProvider
) -> None:
    page = await visitor.get("/")
    back = await visitor.submit(page, page.form("/sign-in/provider"), stop_at="/sign-in/callback")
    victim = Browser(guarded.home)
    await victim.get("/")
    assert (await victim.get(back.url)).status == 403
    assert (await visitor.get(back.url)).status == 200
    assert (await visitor.get(back.url)).status == 403
    doubled = back.url.replace("?", "?state=x&")
    assert (await visitor.get(doubled)).status == 403
    await victim.close()


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"email": "Ada@Example.org", "email_verified": True}, 200),
        ({"email": "x@good.example", "email_verified": True}, 200),
        ({"email": "ada@example.org"}, 403),
        ({"email": "x@evil-good.example", "email_verified": True}, 403),
        ({}, 403),
    ],
)
async def test_only_some_may_come_in(
    tmp_path: Path, provider: OpenIDProvider, claims: dict[str, Any], status: int
) -> None:
    allowed = ("ada@example.org", "@good.example")
    settings = Settings(
        port=free_port(),
        database="sqlite://",
        sign_in_issuer=provider.origin,
        sign_in_client_id="pages",
        sign_in_allowed=allowed,
    )
    running = Running(settings, Clock())
    await running.start()
    browser = Browser(running.home)
    provider.claims = claims
    assert (await by_provider(browser)).status == status
    await browser.close()
    await running.stop()


async def test_a_provider_that_is_away_is_told(tmp_path: Path) -> None:
    settings = Settings(
        port=free_port(),
        database="sqlite://",
        sign_in_issuer=f"http://127.0.0.1:{free_port()}",
        sign_in_client_id="pages",
        request_timeout=1,
    )
    running = Running(settings, Clock())
    await running.start()
    browser = Browser(running.home)
    page = await by_provider(browser)
    assert (page.status, "does not accept connections" in page.text) == (502, True)
    await browser.close()
    await running.stop()


async def test_hashing_holds_nobody_up() -> None:
    """Two at once, in threads: the loop goes on meanwhile."""
    sources = Sources()
    store = await open_store(Settings(database="sqlite://"), sources)
    people = People(store.people, sources)
    people.passwords = Passwords(2, PasswordHasher(time_cost=8))
    longest, began = 0.0, time.perf_counter()
    working = asyncio.gather(*(people.passwords.verify(None, "x") for _ in range(4)))
    while not working.done():
        before = time.perf_counter()
        await asyncio.sleep(0)
        longest = max(longest, time.perf_counter() - before)
    assert await working == [False] * 4
    assert longest < time.perf_counter() - began
    await store.close()
