"""Pages for people: sign-in, account, home, errors, and how pages are rendered.

``browser`` has the session cookie and the CSRF token, ``rendering`` fills templates and sets the content security
policy, ``errors`` turns every exception into a page or into JSON; the others are one page each.

It may import ``accounts``, ``application``, ``oauth.protocol``, ``oauth.resource``, ``store``, ``web.http`` and the
value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
