"""Notes through the REST API."""

import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from attrs import define
from pytest_aiohttp import AiohttpClient

from ..holders import Installation, connect, install


@define
class Api:
    """The API as one person's client sees it."""

    installation: Installation
    client: TestClient[web.Request, web.Application]
    bearer: dict[str, str]

    async def ask(
        self, method: str, path: str, *, bearer: dict[str, str] | None = None, **options: object
    ) -> tuple[int, dict[str, str], object]:
        """Status, headers and the parsed body."""
        headers = {**(self.bearer if bearer is None else bearer), **options.pop("headers", {})}  # type: ignore[dict-item]
        async with self.client.request(method, path, headers=headers, **options) as answer:  # type: ignore[arg-type]
            body = await answer.read()
            return answer.status, dict(answer.headers), json.loads(body) if body else None

    async def add(self, text: str) -> int:
        _, _, body = await self.ask("POST", "/api/notes", json={"text": text})
        assert isinstance(body, dict)
        return int(body["id"])


@pytest.fixture
async def api(aiohttp_client: AiohttpClient) -> Api:
    installation = await install()
    return Api(installation, await connect(aiohttp_client, installation), await installation.bearer())


def texts(body: object) -> list[str]:
    assert isinstance(body, dict)
    return [note["text"] for note in body["notes"]]


async def test_a_note_that_was_added_is_where_its_location_says(api: Api) -> None:
    """RFC 9110 section 15.3.2."""
    status, headers, added = await api.ask("POST", "/api/notes", json={"text": "Buy milk 🥛"})
    assert (status, added) == (201, {"id": 1, "text": "Buy milk 🥛", "created_at": "2026-09-21T14:13:20Z"})
    assert headers["Location"] == "/api/notes/1"
    assert await api.ask("GET", headers["Location"]) == (200, (await api.ask("GET", "/api/notes/1"))[1], added)


async def test_answers_are_kept_by_no_cache(api: Api) -> None:
    await api.add("private")
    for path in ("/api/notes", "/api/notes/1", "/api/notes/2"):
        _, headers, _ = await api.ask("GET", path)
        assert headers["Cache-Control"] == "no-store"


async def test_a_list_leads_to_its_next_page_until_the_end(api: Api) -> None:
    for number in range(5):
        await api.add(f"note {number}")
    path, seen = "/api/notes?limit=2", []
    while path:
        _, _, body = await api.ask("GET", path)
        seen += texts(body)
        path = body["next"]  # type: ignore[index]
    assert seen == [f"note {number}" for number in reversed(range(5))]


async def test_a_search_is_literal(api: Api) -> None:
    await api.add("100% sure")
    await api.add("100 sure")
    _, _, body = await api.ask("GET", "/api/notes", params={"q": "0% S"})
    assert texts(body) == ["100% sure"]


async def test_an_empty_parameter_counts_as_absent(api: Api) -> None:
    await api.add("one")
    _, _, body = await api.ask("GET", "/api/notes?q=&limit=&before=")
    assert texts(body) == ["one"]


async def test_a_deleted_note_is_gone(api: Api) -> None:
    note_id = await api.add("soon gone")
    assert (await api.ask("DELETE", f"/api/notes/{note_id}"))[0] == 204
    assert (await api.ask("DELETE", f"/api/notes/{note_id}"))[0] == 404
    status, _, body = await api.ask("GET", f"/api/notes/{note_id}")
    assert (status, body) == (404, {"error": "not_found", "error_description": f"You have no note {note_id}."})


async def test_somebody_elses_notes_look_like_no_notes(api: Api) -> None:
    """OWASP ASVS 5, 8.2.2."""
    note_id = await api.add("hers")
    bob = await api.installation.bearer(user_id="bob")
    assert texts((await api.ask("GET", "/api/notes", bearer=bob))[2]) == []
    assert texts((await api.ask("GET", "/api/notes?q=hers", bearer=bob))[2]) == []
    assert (await api.ask("GET", f"/api/notes/{note_id}", bearer=bob))[0] == 404
    assert (await api.ask("DELETE", f"/api/notes/{note_id}", bearer=bob))[0] == 404
    assert (await api.ask("GET", f"/api/notes/{note_id}"))[0] == 200


@pytest.mark.parametrize(
    "note_id", ["0", "-1", "1.0", "1e3", "x", "%00", "%D9%A1", "9223372036854775807", "9" * 19, "9" * 400, "..%2F1"]
)
async def test_what_cannot_be_an_id_is_not_found(api: Api, note_id: str) -> None:
    await api.add("the first")
    for method in ("GET", "DELETE"):
        async with api.client.request(method, f"/api/notes/{note_id}", headers=api.bearer) as answer:
            assert answer.status == 404


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=ten",
        "limit=-1",
        "limit=%D9%A1",
        "limit=" + "9" * 5000,
        "limit=1&limit=2",
        "before=0",
        "before=9223372036854775808",
        "before=x",
        "q=a&q=b",
        "q=%20",
        "q=%00",
        "q=" + "x" * 201,
        "q=a&before=3",
    ],
)
async def test_a_malformed_query_is_refused_with_a_reason(api: Api, query: str) -> None:
    status, _, body = await api.ask("GET", f"/api/notes?{query}")
    assert status == 400
    assert isinstance(body, dict)
    assert set(body) == {"error", "error_description"}


NOT_JSON = (b"", b"{", b"[" * 100_000, b'\xef\xbb\xbf{"text": "x"}', b'{"text": "\xff"}', b'{"text": "\\ud800"}')
NOT_A_NOTE = (b"[]", b"null", b'"text"', b"{}", b'{"text": 1}', b'{"text": null}', b'{"text": "x", "title": "lost?"}')
REFUSED_TEXT = (b'{"text": ""}', b'{"text": "\\u0000"}', b'{"text": "' + b"x" * 10_001 + b'"}')


@pytest.mark.parametrize("body", [*NOT_JSON, *NOT_A_NOTE, *REFUSED_TEXT], ids=range(16))
async def test_a_malformed_note_is_refused_with_a_reason_and_not_kept(api: Api, body: bytes) -> None:
    status, _, told = await api.ask("POST", "/api/notes", data=body, headers={"Content-Type": "application/json"})
    assert status == 400
    assert isinstance(told, dict)
    assert told["error"] == "invalid_note"
    assert texts((await api.ask("GET", "/api/notes"))[2]) == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_note_that_is_not_json_is_refused(api: Api, content_type: str) -> None:
    """RFC 9110 section 15.5.16; and a form of another site cannot send JSON."""
    status, _, _ = await api.ask("POST", "/api/notes", data=b'{"text": "x"}', headers={"Content-Type": content_type})
    assert status == 415


async def test_the_longest_note_passes_in_its_longest_spelling(api: Api) -> None:
    body = b'{"text": "' + b"\\ud83d\\ude00" * 10_000 + b'"}'
    status, _, _ = await api.ask(
        "POST", "/api/notes", data=body, headers={"Content-Type": "application/json; charset=utf-8"}
    )
    assert status == 201


async def test_a_body_beyond_any_note_is_refused_before_it_is_read(api: Api) -> None:
    """RFC 9110 section 15.5.14; also when the body comes in chunks that announce no length."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 65536

    for data in (b"x" * 200_000, chunks()):
        status, _, body = await api.ask("POST", "/api/notes", data=data, headers={"Content-Type": "application/json"})
        assert status == 413
        assert isinstance(body, dict)
        assert body["error"] == "too_large"


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/api/notes"), ("DELETE", "/api/notes"), ("POST", "/api/notes/1"), ("PATCH", "/api/notes/1")],
)
async def test_another_method_is_not_allowed(api: Api, method: str, path: str) -> None:
    """RFC 9110 section 15.5.6: with the methods that are."""
    async with api.client.request(method, path, headers=api.bearer) as answer:
        assert answer.status == 405
        assert "GET" in answer.headers["Allow"]


async def test_a_note_of_a_person_who_is_removed_meanwhile_is_refused(api: Api) -> None:
    """The token is known and the removal not yet polled: the store has the last word."""
    await api.ask("GET", "/api/notes")
    await api.installation.service.store.remove_account("ada", now=api.installation.clock.now)
    status, _, body = await api.ask("POST", "/api/notes", json={"text": "too late"})
    assert status in (401, 403)
    assert isinstance(body, dict)
    assert body["error"] in ("account_gone", "invalid_token")


async def test_the_challenge_is_readable_for_pages_of_another_origin(api: Api) -> None:
    """Fetch, section 3.3: cross-origin pages see the header only when it is exposed."""
    status, headers, body = await api.ask("GET", "/api/notes", bearer={})
    assert status == 401
    assert "WWW-Authenticate" in headers["Access-Control-Expose-Headers"]
    assert body == {"error": "unauthorized", "error_description": "Authentication is required."}
