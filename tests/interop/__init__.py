"""Clients that nobody here wrote, against the service as a real process."""
