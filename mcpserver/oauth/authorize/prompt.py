"""How a request wants the person to be asked: prompt, max_age, login_hint, id_token_hint (OpenID Connect Core section
3.1.2.1).
"""

import hashlib
import json

from attrs import frozen

from mcpbase.seal import Seal, SealBroken

from ...accounts import Session
from ..protocol import InvalidRequest, LoginRequired, Parameters

PROMPTS = ("none", "login", "consent", "select_account")
LIFETIME = 600
"""Seconds from the sign-in page to the sign-in that it was shown for."""
MAX_HINT = 256

_PURPOSE = "sign-in"


@frozen
class Prompting:
    """What a request says. ``max_age`` in seconds since the person signed in; ``login_hint`` is a name to sign in with;
    ``subject`` is the account that the request is about.
    """

    prompts: frozenset[str] = frozenset()
    max_age: int | None = None
    login_hint: str | None = None
    subject: str | None = None

    @property
    def silent(self) -> bool:
        return "none" in self.prompts

    @property
    def insists(self) -> bool:
        """Whether being signed in may not be enough."""
        return self.max_age is not None or self.subject is not None or bool(self.prompts & {"login", "select_account"})


@frozen
class Shown:
    """A sign-in page that this request led to: when (epoch seconds), and the digest of the browser's session then, if
    it had one.
    """

    session: bytes | None
    at: int


def read_prompting(parameters: Parameters) -> Prompting:
    """Return what a request says. Raises InvalidRequest."""
    hint = parameters.one("login_hint")
    return Prompting(
        _prompts(parameters), _max_age(parameters), hint if hint is not None and len(hint) <= MAX_HINT else None
    )


def _prompts(parameters: Parameters) -> frozenset[str]:
    """Return the prompts; ``none`` must be alone, unknown values are ignored."""
    prompts = frozenset((parameters.one("prompt") or "").split())
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequest("The prompt none cannot be combined with others.")
    return prompts


def _max_age(parameters: Parameters) -> int | None:
    value = parameters.one("max_age")
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise InvalidRequest("max_age must be a whole number of seconds.")
    return int(value)


def must_sign_in(prompting: Prompting, session: Session | None, shown: Shown | None, *, now: int) -> bool:
    """Return whether the person must sign in first.

    A sign-in makes a new session: another than at the last page, and younger. A page that was shown in another browser
    says nothing about this session.
    """
    if session is None:
        return True
    if "login" in prompting.prompts or _is_too_old(prompting.max_age, session, now) or _is_another(prompting, session):
        return shown is None or shown.session == session.digest or session.created_at < shown.at
    return "select_account" in prompting.prompts and shown is None


def _is_too_old(max_age: int | None, session: Session, now: int) -> bool:
    """Return whether the sign-in is too old; a ``max_age`` of 0 is the same as ``prompt=login``."""
    return max_age is not None and (max_age == 0 or now - session.created_at > max_age)


def _is_another(prompting: Prompting, session: Session) -> bool:
    return prompting.subject not in (None, session.user_id)


def require_person(prompting: Prompting, session: Session) -> None:
    """Require that the person who signed in is the one that the request is about (Core section 3.1.2.2). Raises
    LoginRequired.
    """
    if _is_another(prompting, session):
        raise LoginRequired("Somebody else is signed in than the id_token_hint is about.")


def require_sign_in_allowed(prompting: Prompting) -> None:
    """Refuse a sign-in where the request forbids it (section 3.1.2.6). Raises LoginRequired."""
    if prompting.silent:
        raise LoginRequired("The person must sign in, and the request forbids asking.")


def seal_shown(seal: Seal, request: Parameters, *, session: Session | None, now: int) -> str:
    """Return the sealed note that the request brings back from the sign-in page; valid for this request alone."""
    carried = {
        "request": _digest(request),
        "session": None if session is None else session.digest.hex(),
        "expires_at": now + LIFETIME,
    }
    return seal.seal(json.dumps(carried).encode(), purpose=_PURPOSE)


def open_shown(seal: Seal, text: str | None, request: Parameters, *, now: int) -> Shown | None:
    """Return the note; None when there is none, or it is of another request or too old: then the page is
    shown again.
    """
    try:
        carried = json.loads(seal.open(text or "", purpose=_PURPOSE))
    except SealBroken:
        return None
    if carried["request"] != _digest(request) or carried["expires_at"] <= now:
        return None
    return Shown(
        None if carried["session"] is None else bytes.fromhex(carried["session"]), carried["expires_at"] - LIFETIME
    )


def _digest(request: Parameters) -> str:
    return hashlib.sha256(json.dumps(sorted(request.pairs())).encode()).hexdigest()
