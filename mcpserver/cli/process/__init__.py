"""A running server process: serving, logging, reloading, ending.

``serving`` listens at the port and waits for the end that ``shutdown`` arranges; ``logging_setup`` configures the
log and the access log; ``reload`` watches files; ``standard_streams`` is the channel of stdio; ``connection_hints``
says how clients connect.

It may import ``cli.console``, ``mcp.protocol``, ``transports.stdio``, ``web.http`` and the value modules at the top
of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
