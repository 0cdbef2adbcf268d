"""The pages of the web client, and the routes that are not part of another package.

``security`` sees every request first (Host, CSRF, headers), ``sign_in`` and ``callback`` end a sign-in,
``client_documents`` publishes the client's metadata, ``assistant`` shows a conversation. ``integration`` and
``trace`` have the other pages, ``http`` what all of them use.

It may import ``assistant``, ``http``, ``integrations``, ``oauth``, ``pages.http``, ``pages.integration``, ``people``,
``results`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .security import dresser, gate

__all__ = ["dresser", "gate"]
