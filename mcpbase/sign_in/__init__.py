"""Signing in with a password: hashing in a bounded pool of threads, and guessing slowed down without locking anybody
out.

``passwords`` hashes and checks; ``throttle`` counts attempts, in ``buckets`` that empty by themselves;
``known_browsers`` has the cookie of browsers in which a person signed in before. ``errors`` are what they raise; each
program words them itself. People, their sessions and where they are stored are each program's own.
"""

from .buckets import Allowance
from .errors import Throttled, TooBusy, WeakPassword
from .known_browsers import LIFETIME, NO_BROWSER, KnownBrowser, KnownBrowsers
from .passwords import LONGEST, Passwords, require_password
from .throttle import SIGN_IN, Allowances, Throttle

__all__ = [
    "LIFETIME",
    "LONGEST",
    "NO_BROWSER",
    "SIGN_IN",
    "Allowance",
    "Allowances",
    "KnownBrowser",
    "KnownBrowsers",
    "Passwords",
    "Throttle",
    "Throttled",
    "TooBusy",
    "WeakPassword",
    "require_password",
]
