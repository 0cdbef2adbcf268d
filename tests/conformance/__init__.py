"""The official conformance suite, against the service as a real process (docs/conformance.md)."""
