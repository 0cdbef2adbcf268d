"""A server that offers whatever the official suite calls by name; one module a subject, each a server of its own
that the whole is composed of.
"""
