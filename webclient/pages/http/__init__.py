"""What every page uses: the person's session, the application's parts, rendering, live updates.

``context`` are the parts that a handler is given, ``browser`` the cookie, the CSRF token and the form,
``rendering`` fills templates, ``live`` sends what changed to open pages, ``forwarding`` knows the addresses behind
a proxy.

It may import ``assistant``, ``integrations``, ``people``, ``results``, ``trace.display``, ``trace.recording`` and the
value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""
