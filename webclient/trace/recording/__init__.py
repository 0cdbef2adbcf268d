"""The recorder: hops, their HTTP exchanges, and the masking of secrets before anything is kept.

``recorder`` has ``Trace`` and the ``Notes`` of one hop; ``exchanges`` records a request and its response;
``masking`` replaces what ``secrets`` names by marks and keeps the ``claims`` of tokens; ``hops`` are the values,
``memory`` a store without a database.

It may import ``http`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""
