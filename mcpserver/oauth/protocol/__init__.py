"""The terms of OAuth and the rules that stand by themselves: values, errors, parameters, scopes, resources, redirect
URIs, PKCE.

``models`` are the values that are kept (client, grant, code, refresh token), ``stores`` and ``registration_store``
the protocols of the database, ``errors`` one class for each error code on the wire, ``known_clients`` the
descriptions of widely used clients. Every other room of ``oauth`` stands on this one.

It may import nothing but the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
