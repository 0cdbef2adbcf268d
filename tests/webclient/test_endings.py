"""How a flow ends, and what of it counts: values in, values out."""

from typing import Any

import pytest
from attrs import evolve

from webclient.cause_code import CauseCode
from webclient.trace import OLDEST_TRANSPORT, Chapter
from webclient.trace.causes import CAUSES
from webclient.trace.diagnosis.decisions import cause_code
from webclient.trace.display.flow import flow_of
from webclient.trace.recording.hops import Exchange, Hop, Message


def hop(title: str, **more: Any) -> Hop:
    return Hop(**{"at": 1.0, "source": "client", "target": "mcp", "chapter": Chapter.OTHER, "title": title, **more})


def refused(
    status: int,
    body: str,
    kind: str = "application/json",
    *,
    sent: tuple[tuple[str, str], ...] = (),
    headers: tuple[tuple[str, str], ...] = (),
) -> Hop:
    answer = Message(headers, body, kind=kind)
    exchange = Exchange(0, "POST", "https://a.example/x", Message(sent), status, response=answer)
    return hop(
        "t", url="https://a.example/x", status=status, outcome="failed", cause=CauseCode.NOT_MCP, exchanges=(exchange,)
    )


TOKEN, SESSION = (("Authorization", "Bearer x"),), (("Mcp-Session-Id", "x"),)


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [
        (refused(400, '{"detail": "Missing session ID"}'), "session_required"),
        (refused(404, '{"error": {"code": -32001, "message": "Session not found"}}', sent=SESSION), "session_lost"),
        (refused(403, '{"detail": "Not authenticated"}'), "no_challenge"),
        (refused(400, '{"error": "Missing Authorization header"}'), "no_challenge"),
        (refused(200, '{"error": "unauthorized", "message": "Please log in"}'), "no_challenge"),
        (refused(403, '{"error": "x-api-key missing: API key required"}'), "no_challenge"),
        (refused(403, "Invalid Origin header", "text/plain"), "host_refused"),
        (refused(421, "Invalid Host header", "text/plain"), "host_refused"),
        (refused(421, ""), "host_refused"),
        (refused(403, '{"message": "Access denied: audience mismatch"}', sent=TOKEN), "forbidden_with_token"),
        (refused(403, '{"message": "Not authorized for this tenant"}', sent=TOKEN), "forbidden_with_token"),
        (refused(403, '{"message": "Forbidden"}'), "forbidden"),
        (refused(403, "<title>Just a moment...</title>", "text/html"), "bot_wall"),
        (refused(503, "", "text/html", headers=(("cf-mitigated", "challenge"),)), "bot_wall"),
        (refused(403, "<title>403 Forbidden</title>", "text/html"), "forbidden"),
        (refused(406, '{"error": {"code": -32600, "message": "Not Acceptable"}}'), "not_acceptable"),
        (refused(404, "404: Not Found", "text/plain"), "not_found"),
    ],
)
def test_words_of_a_refusal_tell_its_reason(refusal: Hop, cause: str) -> None:
    """RFC 6750 section 3.1 and MCP 2025-11-25, session management, have codes for these; who does not use them still
    says it in words.
    """
    assert cause_code(refusal) == cause
    assert cause in CAUSES


def test_page_that_a_protection_sends_is_recognized_at_the_authorization_server_too() -> None:
    """There it would be told as metadata that is missing."""
    exchange = Exchange(
        0,
        "GET",
        "https://as.example/x",
        Message(),
        403,
        response=Message((("cf-mitigated", "challenge"),), kind="text/html"),
    )
    assert (
        cause_code(
            hop(
                "t",
                target="auth",
                status=403,
                outcome="failed",
                cause=CauseCode.NO_ISSUER_METADATA,
                exchanges=(exchange,),
            )
        )
        == "bot_wall"
    )


def test_program_that_answered_in_front_is_named() -> None:
    flow = flow_of([refused(403, "", headers=(("Server", "awselb/2.0"),))])
    assert flow.failure
    assert flow.failure.evidence == "The Server header of the response is awselb/2.0."


@pytest.mark.parametrize(
    ("hops", "state", "failed_step"),
    [
        (
            [hop("list", outcome="failed", ended=2.0), hop("Cancel the request", optional=True, at=2.0, ended=3.0)],
            "failed",
            1,
        ),
        (
            [hop("list", ended=2.0), hop("End the session", optional=True, at=2.0, outcome="failed", ended=3.0)],
            "done",
            None,
        ),
        (
            [hop("a line that stays open", optional=True, outcome="pending"), hop("list", at=2.0, ended=3.0)],
            "done",
            None,
        ),
        ([hop("call", outcome="failed", ended=9.0), hop("the person's answer", at=2.0, ended=3.0)], "failed", 1),
        ([hop("call", outcome="pending"), hop("the person's answer", at=2.0, ended=3.0)], "running", None),
        ([hop("only a courtesy", optional=True, outcome="failed", ended=2.0)], "failed", 1),
        ([hop("as it was kept before"), hop("and the next", at=2.0, outcome="failed")], "failed", 2),
    ],
)
def test_flow_is_judged_by_what_ended_last_on_its_way(hops: list[Hop], state: str, failed_step: int | None) -> None:
    """Courtesies after a failure do not make it good, and those that fail spoil nothing."""
    flow = flow_of(hops)
    assert flow.status.state == state
    assert (flow.failure.number if flow.failure else None) == failed_step


def test_server_that_is_not_of_2024_either_is_judged_by_what_it_said_to_the_handshake() -> None:
    """Streamable HTTP, backwards compatibility: the second try is the client's idea, and its failure says nothing."""
    first = refused(400, '{"error": {"code": -32600, "message": "Bad Request: Missing session ID"}}')
    first = evolve(first, outcome="info", fallback=OLDEST_TRANSPORT, meaning="Missing.", ended=2.0)
    second = hop(
        "Open the stream of HTTP with SSE",
        at=2.0,
        status=405,
        outcome="failed",
        cause=CauseCode.NOT_MCP,
        rule=OLDEST_TRANSPORT,
        ended=3.0,
    )
    flow = flow_of([first, second])
    assert flow.failure
    assert (flow.failure.number, flow.failure.cause) == (1, CAUSES[CauseCode.SESSION_REQUIRED])
    assert flow.status.sentence == "Missing."
    assert flow.steps[0].failed
