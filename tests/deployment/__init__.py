"""The files of examples/deploy: proxies run in front of real services, everything else is checked by its own tools."""
