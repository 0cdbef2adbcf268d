"""The values of the OAuth client: what a client holds, asks for and was told.

``credentials`` has the client's id and keys and the proof of a sign-in without a person, ``tokens`` the issued tokens,
``authorization_request`` a request that waits for its response, ``preferences`` the person's choices. They are frozen
and leave secrets out of their repr; ``storage`` keeps them.

It may import nothing but the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .authorization_request import Pending
from .credentials import Backing, Credentials, Key
from .preferences import UNDECIDED, Preferences
from .tokens import Tokens

__all__ = ["UNDECIDED", "Backing", "Credentials", "Key", "Pending", "Preferences", "Tokens"]
