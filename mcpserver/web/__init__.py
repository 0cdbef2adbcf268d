"""The authorization server over HTTP: aiohttp handlers, one module an endpoint.

``http`` has what every handler uses, ``endpoints`` what programs call, ``authorization`` the pages of a decision,
``pages`` all other pages, ``well_known`` the published documents.

Handlers parse once, call one function of ``oauth`` or ``accounts``, and write one answer.

It may import nothing but the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
