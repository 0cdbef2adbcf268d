"""The web client's engine as the official suite drives it: ``python -m tests.conformance.client URL``, the scenario in
MCP_CONFORMANCE_SCENARIO.

Every module has a table SCENARIOS: the name of a scenario -> what the engine does in it.
"""
