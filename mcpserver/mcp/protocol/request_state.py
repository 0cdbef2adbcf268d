"""The state that a client carries from one round to the next: sealed, and bound to who asks what until when (MCP
2026-07-28, basic: MRTR).
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
    """What was answered and remembered in the rounds before, keys to JSON values; and how many answers to each key
    did not fit.
    """

    answers: dict[str, Any] = Factory(dict)
    remembered: dict[str, Any] = Factory(dict)
    misfits: dict[str, int] = Factory(dict)


class RequestStates:
    """``lifetime`` in seconds bounds how long a person may think."""

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
        """The rounds so far, with the answers this request brings. Raises InvalidParams."""
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
    """The person and the client they use: neither may take over the other's rounds."""
    return [] if caller is None else [caller.id, caller.client_id]


def _fingerprint(request: Request) -> str:
    """The method and its parameters, but for what differs from round to round."""
    salient = {name: value for name, value in request.params.items() if name not in _CARRIED}
    return hashlib.sha256(msgspec.json.encode([request.method, salient], order="sorted")).hexdigest()
