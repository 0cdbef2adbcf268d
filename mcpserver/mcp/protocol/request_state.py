"""The state that a client carries from one round to the next (MCP 2026-07-28, basic: MRTR).

It is sealed, and bound to a caller, a request and a time of expiry.
"""

import hashlib
from typing import Any

import msgspec
from attrs import Factory, define

from mcpbase.seal import Seal, SealBroken

from ...principal import User
from ...sources import Sources
from .errors import InvalidParams
from .jsonrpc import Request

PURPOSE = "mcp request state"
_CARRIED = frozenset({"_meta", "inputResponses", "requestState"})


@define
class RoundTrip:
    """Answers and remembered values of earlier rounds, JSON values by key, and the number of unfit answers by key."""

    answers: dict[str, Any] = Factory(dict)
    remembered: dict[str, Any] = Factory(dict)
    misfits: dict[str, int] = Factory(dict)


class RequestStates:
    """Writes and reads request states; ``lifetime`` in seconds is how long a person may take to answer."""

    def __init__(self, seal: Seal, sources: Sources, lifetime: int) -> None:
        self._seal = seal
        self._sources = sources
        self._lifetime = lifetime

    def write(self, request: Request, caller: User | None, state: RoundTrip) -> str:
        payload = {
            "principal": _principal(caller),
            "request": _fingerprint(request),
            "expires": self._sources.now() + self._lifetime,
            "answers": state.answers,
            "remembered": state.remembered,
            "misfits": state.misfits,
        }
        return self._seal.seal(msgspec.json.encode(payload), purpose=PURPOSE)

    def read(self, request: Request, caller: User | None) -> RoundTrip:
        """The state of earlier rounds, with the answers in this request.

        Raises InvalidParams for a state that is expired, broken, or of another caller or request.
        """
        state = self._sealed(request, caller)
        brought = request.params.get("inputResponses", {})
        if not isinstance(brought, dict):
            raise InvalidParams('"inputResponses" must be an object.')
        return RoundTrip({**brought, **state.answers}, state.remembered, state.misfits)

    def _sealed(self, request: Request, caller: User | None) -> RoundTrip:
        text = request.params.get("requestState")
        if text is None:
            return RoundTrip()
        payload = self._opened(text)
        if payload["principal"] != _principal(caller) or payload["request"] != _fingerprint(request):
            raise InvalidParams("The requestState belongs to another request: start again without it.")
        if payload["expires"] <= self._sources.now():
            raise InvalidParams("The requestState is too old: start again without it.")
        return RoundTrip(payload["answers"], payload["remembered"], payload.get("misfits", {}))

    def _opened(self, text: object) -> dict[str, Any]:
        try:
            payload: dict[str, Any] = msgspec.json.decode(
                self._seal.open(text if isinstance(text, str) else "", purpose=PURPOSE)
            )
        except SealBroken as error:
            raise InvalidParams("The requestState is not what this server gave: start again without it.") from error
        return payload


def _principal(caller: User | None) -> list[str]:
    """The ids of the person and the client that a state is bound to."""
    return [] if caller is None else [caller.id, caller.client_id]


def _fingerprint(request: Request) -> str:
    """A digest of the method and its parameters, without those that differ from round to round."""
    salient = {name: value for name, value in request.params.items() if name not in _CARRIED}
    return hashlib.sha256(msgspec.json.encode([request.method, salient], order="sorted")).hexdigest()
