"""The values of the OAuth client: what a client holds, asks for and is told.

``credentials`` has the client's id and keys and the proof of a sign-in without a person, ``tokens`` the issued tokens,
``authorization_request`` a request that waits for its response, ``preferences`` the person's choices. They are frozen
and leave secrets out of their repr; ``storage`` keeps them. ``server_metadata``, ``client_registration`` and
``token_response`` have the documents that are exchanged.

It may import nothing but the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .authorization_request import Pending
from .client_registration import ClientMetadata, RegistrationResponse
from .credentials import Backing, Credentials, Key
from .preferences import UNDECIDED, Preferences
from .server_metadata import AuthorizationServerMetadata, ProtectedResourceMetadata
from .token_response import TokenResponse
from .tokens import Tokens

__all__ = [
    "UNDECIDED",
    "AuthorizationServerMetadata",
    "Backing",
    "ClientMetadata",
    "Credentials",
    "Key",
    "Pending",
    "Preferences",
    "ProtectedResourceMetadata",
    "RegistrationResponse",
    "TokenResponse",
    "Tokens",
]
