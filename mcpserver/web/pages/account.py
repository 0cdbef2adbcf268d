"""GET /account: where a person is signed in, what they have allowed, and how to end either.

POST /account/sessions/..., /account/connections/...: ending it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from aiohttp import web

from ...accounts import Session
from ...oauth.protocol import OFFLINE_ACCESS, Connection, ScopeCatalog
from ..http import ACCOUNTS, RESOURCE_SERVER, SITE, STORE, TOKEN_ISSUER
from .browser import SignedIn, csrf_token, drop_cookie, require_csrf_form, signed_in
from .rendering import render, sign_in_page

PATH = "/account"
FRESH = 600
"""Seconds after a sign-in within which its session may end other sessions."""


async def show(request: web.Request) -> web.StreamResponse:
    person = await signed_in(request)
    if person is None:
        return sign_in_page(request, next=_here(request))
    connections = await _connections(request, person)
    sessions = await request.app[ACCOUNTS].list_sessions(person.account)
    context = {
        "account": person.account,
        "csrf": csrf_token(request),
        "places": [
            [_session(each, connections, here=each.id == person.session.id) for each in alike]
            for alike in _alike(sessions, person.session.id)
        ],
        "connections": [
            _connection(request.app[TOKEN_ISSUER].resources.scopes, group, sessions)
            for group in _groups(connections, sessions)
        ],
    }
    return render(request, "account.html", context)


async def end_session(request: web.Request) -> web.StreamResponse:
    """End one of the person's sessions, with ``alike`` all that stand in one entry with it; with ``disconnect`` what
    they allowed there too, at once.

    Another one than theirs here only shortly after a sign-in, so that a browser that was left open shuts nobody out
    (ASVS 7.5.2). One that is over already, or somebody else's, is left as it is: the page that follows shows what there
    is.
    """
    person = await signed_in(request)
    if person is None:
        return _session_over(request)
    form = await require_csrf_form(request)
    session_id, now = request.match_info["id"], request.app[SITE].sources.now()
    if session_id != person.session.id and now - person.session.created_at > FRESH:
        return sign_in_page(
            request, next=_here(request), person=person.account.name, login=person.account.username, status=401
        )
    for each in await _together(request, person, session_id) if "alike" in form else [session_id]:
        await request.app[ACCOUNTS].end_session(person.account, each, disconnect="disconnect" in form)
    await request.app[RESOURCE_SERVER].poll_revocations()
    answer = _back(request)
    if session_id == person.session.id:
        drop_cookie(request, answer, "session")
    return answer


async def disconnect(request: web.Request) -> web.StreamResponse:
    """Revoke a grant of the person, and those in the same entry of the page. Grants of others are left alone."""
    person = await signed_in(request)
    if person is None:
        return _session_over(request)
    await require_csrf_form(request)
    grant = await request.app[STORE].find_grant(request.match_info["id"])
    if grant is not None and grant.user_id == person.account.id:
        groups = _groups(await _connections(request, person), await request.app[ACCOUNTS].list_sessions(person.account))
        together = next((group for group in groups if any(each.grant.id == grant.id for each in group)), [])
        for each in together or [Connection(grant, "")]:
            await request.app[TOKEN_ISSUER].revoke(each.grant)
    return _back(request)


def _groups(connections: Sequence[Connection], sessions: Sequence[Session]) -> list[list[Connection]]:
    """Connections by entry of the page: the grants of one client in one browser.

    Browsers that are signed out are not distinguished.
    """
    lasting, groups = {session.id for session in sessions}, dict[tuple[str, str | None], list[Connection]]()
    for connection in connections:
        grant = connection.grant
        groups.setdefault((grant.client_id, grant.session_id if grant.session_id in lasting else None), []).append(
            connection
        )
    return list(groups.values())


async def _connections(request: web.Request, person: SignedIn) -> list[Connection]:
    site = request.app[SITE]
    now = site.sources.now()
    since = now - site.settings.access_token_lifetime
    return await request.app[STORE].list_connections(person.account.id, now=now, tokens_since=since)


def _alike(sessions: Sequence[Session], here: str) -> list[list[Session]]:
    """Sessions by entry of the page: those of browsers with the same name. The one in use has the first entry alone."""
    groups = dict[tuple[bool, str], list[Session]]()
    for session in sorted(sessions, key=lambda each: each.id != here):
        groups.setdefault((session.id == here, session.browser), []).append(session)
    return list(groups.values())


async def _together(request: web.Request, person: SignedIn, session_id: str) -> list[str]:
    groups = _alike(await request.app[ACCOUNTS].list_sessions(person.account), person.session.id)
    return next(
        ([each.id for each in group] for group in groups if any(each.id == session_id for each in group)), [session_id]
    )


def _session(session: Session, connections: Sequence[Connection], *, here: bool) -> dict[str, object]:
    """A session as the template takes it; ``allowed`` are the names of what was connected in it."""
    names = dict.fromkeys(each.client_name for each in connections if each.grant.session_id == session.id)
    return {
        "id": session.id,
        "browser": session.browser or "A browser",
        "since": _minute(session.created_at),
        "seen": _minute(session.seen_at),
        "here": here,
        "allowed": list(names),
    }


def _connection(scopes: ScopeCatalog, group: Sequence[Connection], sessions: Sequence[Session]) -> dict[str, object]:
    """Newest first. ``place`` is the browser in which it was allowed, while its session lasts; ``times`` how often."""
    grant, allowed = group[0].grant, {name for each in group for name in each.grant.scope.split()}
    return {
        "id": grant.id,
        "client": group[0].client_name,
        "times": len(group),
        "scopes": [scope.description for scope in scopes.describe(allowed - {OFFLINE_ACCESS.name})],
        "since": _day(group[-1].grant.created_at),
        "used": _minute(max(each.used_at for each in group)),
        "place": next((session.browser for session in sessions if session.id == grant.session_id), None),
    }


def _day(instant: int) -> str:
    moment = datetime.fromtimestamp(instant, UTC)
    return f"{moment.day} {moment:%B %Y}"


def _minute(instant: int) -> str:
    return f"{_day(instant)}, {datetime.fromtimestamp(instant, UTC):%H:%M} UTC"


def _here(request: web.Request) -> str:
    return request.app[SITE].settings.base + PATH


def _back(request: web.Request) -> web.Response:
    return web.Response(status=303, headers={"Location": _here(request), "Cache-Control": "no-store"})


def _session_over(request: web.Request) -> web.StreamResponse:
    return sign_in_page(
        request,
        next=_here(request),
        error="Your session has ended, and nothing was changed. Sign in and try again.",
        status=401,
    )


def routes() -> list[web.AbstractRouteDef]:
    return [
        web.get(PATH, show),
        web.post(PATH + "/sessions/{id}/end", end_session),
        web.post(PATH + "/connections/{id}/end", disconnect),
    ]
