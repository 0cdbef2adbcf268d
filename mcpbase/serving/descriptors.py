"""File descriptors: as many as the system allows."""

import resource
import sys
from contextlib import suppress


def raise_descriptor_limit() -> int:
    """Raise the soft limit to the hard one, as far as the system grants it; return how many this process may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS calls its hard limit infinite, and grants less
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft
