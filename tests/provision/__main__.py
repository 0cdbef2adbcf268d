"""The command line of this package."""

import sys
from collections.abc import Callable, Sequence

from .browser import provide_chromium
from .lack import LackError, is_ci
from .packages import provide_packages, renew_locks
from .pgbouncer import provide_pgbouncer
from .postgresql import provide_postgresql
from .proxy import provide_caddy, provide_haproxy, provide_nginx
from .systemd import provide_systemd

PROVIDERS: dict[str, Callable[[], object]] = {
    "chromium": provide_chromium,
    "nginx": provide_nginx,
    "haproxy": provide_haproxy,
    "caddy": provide_caddy,
    "systemd": provide_systemd,
    "postgresql": provide_postgresql,
    "pgbouncer": provide_pgbouncer,
    "node": provide_packages,
}


def main(names: Sequence[str]) -> int:
    """Provide each named thing (all when none is named); 1 when something lacks and CI=true, 2 for an unknown name."""
    if names == ["lock"]:
        renew_locks()
        return 0
    unknown = set(names) - set(PROVIDERS)
    if unknown:
        print(
            f"Nothing here is called {', '.join(sorted(unknown))}: choose from {', '.join(PROVIDERS)}.", file=sys.stderr
        )
        return 2
    lacks = 0
    for name in names or PROVIDERS:
        try:
            PROVIDERS[name]()
            print(f"{name}: ready")
        except LackError as lack:
            print(f"{name}: {lack}", file=sys.stderr)
            lacks += 1
    return int(lacks > 0 and is_ci())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
