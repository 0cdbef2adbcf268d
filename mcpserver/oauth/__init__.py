"""The authorization server's decisions (OAuth 2.1), without HTTP and without SQL.

``protocol`` has the terms and rules that all share; ``limits`` bounds what strangers cost; ``keys`` signs and
verifies; ``clients`` says who asks; ``authorize`` takes a request to a person's decision; ``tokens`` answers the
token endpoint; ``resource`` judges access tokens at a resource. ``discovery`` (RFC 8414) describes them all.

A sign-in goes ``authorize`` then ``tokens``; a call with a token enters at ``resource``.

It may import nothing but the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
