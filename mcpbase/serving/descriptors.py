"""File descriptors: as many as the system allows."""

import resource
import sys


def raise_descriptor_limit() -> int:
    """Raise the soft limit to the hard one. Returns how many descriptors this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (ValueError, OSError):
            return _count(soft)  # macOS calls its hard limit infinite, and grants less
    return _count(hard)


def _count(limit: int) -> int:
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit
