"""Refusals and faults as HTTP: pages for people, JSON for programs, a reference for what is our own fault."""

import asyncio
import logging
import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp import AiohttpClient

from mcpserver.settings import Settings
from mcpserver.store import StoreBusy, UnstorableValue

from ..asker import Asker
from ..holders import PUBLIC_URL, connect, install

Browser = TestClient[web.Request, web.Application]
FAULTS = {
    "/busy": StoreBusy("locked"),
    "/unstorable": UnstorableValue("NUL"),
    "/bug": RuntimeError("canary-secret"),
    "/gone": web.HTTPGone(),
}


@pytest.fixture
async def faulty(aiohttp_client: AiohttpClient) -> Browser:
    """The service with handlers that fail in every way there is."""
    installation = await install(Settings(public_url=PUBLIC_URL, database="sqlite://"))

    async def fail(request: web.Request) -> web.Response:
        raise FAULTS[request.path]

    installation.app.add_routes([web.get(path, fail) for path in FAULTS])
    return await connect(aiohttp_client, installation)


async def test_fault_gets_a_reference_that_leads_to_the_log(faulty: Browser, caplog: pytest.LogCaptureFixture) -> None:
    """ASVS 16.5.1: a general sentence for the caller, the story for the operator."""
    async with faulty.get("/bug?code=canary-code") as answer:
        assert answer.status == 500
        document = await answer.json()
    assert document["error"] == "server_error"
    reference = re.search(r"reference (\S+)\.$", document["error_description"])
    assert reference is not None
    assert "canary" not in document["error_description"]
    (record,) = [record for record in caplog.records if reference[1] in record.getMessage()]
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert "canary-code" not in record.getMessage()


@pytest.mark.parametrize(
    ("path", "status", "code"), [("/busy", 503, "temporarily_unavailable"), ("/unstorable", 400, "invalid_request")]
)
async def test_trouble_with_the_store_says_whose_turn_it_is(faulty: Browser, path: str, status: int, code: str) -> None:
    """RFC 9110 section 15.6.4: who may try again is told when."""
    async with faulty.get(path) as answer:
        assert (answer.status, (await answer.json())["error"]) == (status, code)
        assert ("Retry-After" in answer.headers) is (status == 503)


async def test_answer_of_a_handler_that_is_an_exception_goes_out_as_it_is(faulty: Browser) -> None:
    async with faulty.get("/gone") as answer:
        assert answer.status == 410


@pytest.mark.parametrize(
    ("path", "status"), [("/bug", 500), ("/busy", 503), ("/unstorable", 400), ("/nothing", 404), ("/jwks", 405)]
)
async def test_people_get_a_page_and_programs_get_json(faulty: Browser, path: str, status: int) -> None:
    """RFC 9110 section 12.5.1."""
    for accept, expected in (("text/html", "text/html"), ("application/json", "application/json")):
        async with faulty.request("POST" if status == 405 else "GET", path, headers={"Accept": accept}) as answer:
            assert (answer.status, answer.content_type) == (status, expected)
            assert ("Allow" in answer.headers) is (status == 405)


async def test_refusal_is_logged_with_its_reason_and_without_secrets(
    asker: Asker, caplog: pytest.LogCaptureFixture
) -> None:
    """ASVS 16.2.5."""
    await asker.refresh("refresh_canary")
    assert [record for record in caplog.records if "invalid_grant: unknown refresh token" in record.getMessage()]
    assert not [record for record in caplog.records if "canary" in record.getMessage()]


@pytest.mark.parametrize(
    "changes",
    [{"client_id": "client_nobody"}, {"redirect_uri": "https://elsewhere.example/"}, {"response_type": "token"}],
)
async def test_page_of_a_refusal_has_a_reference_that_leads_to_its_reason_in_the_log(
    visitor: Asker, caplog: pytest.LogCaptureFixture, changes: dict[str, str]
) -> None:
    """ASVS 16.5.1: whoever sees the page can tell the operator which one it was, also in a log that keeps warnings
    only.
    """
    caplog.set_level(logging.WARNING)
    page = await visitor.ask(**changes)
    assert page.status == 400
    reference = re.search(r"Reference: <code>([\w-]+)</code>", page.text)
    assert reference is not None
    (record,) = [record for record in caplog.records if f"reference {reference[1]}: " in record.getMessage()]
    assert "refused" in record.getMessage()


async def test_log_without_warnings_gives_no_reference_that_it_does_not_have(
    visitor: Asker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    page = await visitor.ask(client_id="client_nobody")
    assert page.status == 400
    assert "Reference:" not in page.text


async def test_page_that_says_to_try_again_has_a_reference_too(
    faulty: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """ASVS 16.5.1."""
    async with faulty.get("/busy", headers={"Accept": "text/html"}) as answer:
        reference = re.search(r"Reference: <code>([\w-]+)</code>", await answer.text())
    assert reference is not None
    assert [record for record in caplog.records if f"reference {reference[1]}: " in record.getMessage()]


@pytest.mark.parametrize(
    "path",
    [
        "/token",
        "/register",
        "/introspect",
        "/revoke",
        "/par",
        "/device_authorization",
        "/authorize",
        "/sign-in",
        "/mcp",
        "/bug",
    ],
)
async def test_caller_who_leaves_in_the_middle_of_a_message_is_no_fault(
    faulty: Browser, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    """Anybody could fill the log with faults otherwise, and hide the real ones."""
    caplog.set_level(logging.INFO)
    kind = "application/json" if path in ("/mcp", "/register") else "application/x-www-form-urlencoded"
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {PUBLIC_URL.partition('//')[2]}",
        f"Content-Type: {kind}",
        "Content-Length: 500",
        "",
        "a=b",
    ]
    _, writer = await asyncio.open_connection("127.0.0.1", faulty.port)
    writer.write("\r\n".join(lines).encode())
    await writer.drain()
    for step in ("it is being read", "the caller has gone", "that is known"):
        async with faulty.get("/healthz") as answer:
            assert answer.status == 200, step
        writer.transport.abort()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
