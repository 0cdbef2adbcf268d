"""Signing in with a password: hashes in a bounded pool of threads, and guessing slowed down without locking anybody out.

``passwords`` hashes and checks; ``throttle`` counts attempts, in ``buckets`` that empty by themselves; ``known_browsers`` has the cookie by which a
browser is known again in which somebody signed in before. ``errors`` are what they raise; each program says them in its own way.
Who people are, their sessions and where they are kept is each program's own.
"""
