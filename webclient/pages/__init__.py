"""The pages of the web client, and the routes that are not part of another package.

``security`` is the middleware for every request (Host, session, headers), ``door`` the page outside the secret path,
``sign_in`` the sign-in to these pages, ``callback`` the OAuth redirect URI, ``client_documents`` the client's metadata,
``assistant`` the conversations. ``integration`` and ``trace`` contain the other pages, ``http`` what all of them use.

It may import ``assistant``, ``http``, ``integrations``, ``oauth``, ``pages.http``, ``pages.integration``, ``people``,
``results``, ``storage`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .security import dresser, gate

__all__ = ["dresser", "gate"]
