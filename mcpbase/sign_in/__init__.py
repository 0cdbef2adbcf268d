"""Signing in with a password: hashing in a bounded pool of threads, and guessing slowed down without locking anybody
out.

``passwords`` hashes and checks; ``throttle`` counts attempts, in ``buckets`` that empty by themselves;
``known_browsers`` has the cookie of browsers in which a person signed in before. ``errors`` are what they raise; each
program words them itself. People, their sessions and where they are stored are each program's own.
"""
