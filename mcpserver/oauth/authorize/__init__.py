"""The authorization request, from its parameters to a person's decision and the response.

``pushed`` (RFC 9126) may open a request before ``request`` checks it; ``prompt`` says whether to sign in again,
``prior_consent`` whether to ask at all, ``consent`` writes and reads the form (``sealed_form``), ``decision`` makes
the grant and has it kept, ``response`` is what the client gets. ``device_authorization`` and ``device_verification``
are RFC 8628; ``logout`` is OpenID Connect RP-Initiated Logout.

It may import ``accounts``, ``oauth.clients``, ``oauth.keys``, ``oauth.protocol``, ``oauth.tokens`` and the value
modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .consent import open_request, seal_request
from .decision import Decider, Lifetimes, approve, deny
from .device_authorization import DEVICE_REQUEST_LIFETIME, begin, device_answer, device_request_size
from .device_verification import REFUSAL, decide, find_waiting, open_device_request, seal_device_request
from .id_token_hint import Hints
from .logout import REDIRECTS, Logout, read_logout
from .prior_consent import reaches_nobody_else, require_standing, with_standing
from .prompt import PROMPTS, Shown, must_sign_in, open_shown, require_person, require_sign_in_allowed, seal_shown
from .pushed import (
    PUSHED_REQUEST_LIFETIME,
    PUSHED_REQUESTS_OPEN,
    PushedStore,
    open_pushed,
    push,
    pushed_parameters,
    pushed_request_size,
    refers_to_pushed,
    require_answerable,
    require_pushed,
)
from .request import AuthorizationRequest, Target, known_parameters, prove_target, require_request
from .response import FORM_POST, AuthorizationResponse, response_modes
from .user_codes import read_user_code, shown

__all__ = [
    "DEVICE_REQUEST_LIFETIME",
    "FORM_POST",
    "PROMPTS",
    "PUSHED_REQUESTS_OPEN",
    "PUSHED_REQUEST_LIFETIME",
    "REDIRECTS",
    "REFUSAL",
    "AuthorizationRequest",
    "AuthorizationResponse",
    "Decider",
    "Hints",
    "Lifetimes",
    "Logout",
    "PushedStore",
    "Shown",
    "Target",
    "approve",
    "begin",
    "decide",
    "deny",
    "device_answer",
    "device_request_size",
    "find_waiting",
    "known_parameters",
    "must_sign_in",
    "open_device_request",
    "open_pushed",
    "open_request",
    "open_shown",
    "prove_target",
    "push",
    "pushed_parameters",
    "pushed_request_size",
    "reaches_nobody_else",
    "read_logout",
    "read_user_code",
    "refers_to_pushed",
    "require_answerable",
    "require_person",
    "require_pushed",
    "require_request",
    "require_sign_in_allowed",
    "require_standing",
    "response_modes",
    "seal_device_request",
    "seal_request",
    "seal_shown",
    "shown",
    "with_standing",
]
