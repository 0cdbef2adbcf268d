"""What a client may be allowed to do with a person's notes, in words for the consent page."""

from ..oauth.scopes import Scope, ScopeCatalog

PROFILE = "profile"
READ = "notes:read"
WRITE = "notes:write"

SCOPES = ScopeCatalog(
    (
        Scope(PROFILE, "See your name and e-mail address"),
        Scope(READ, "Read your notes"),
        Scope(WRITE, "Add and delete your notes"),
    )
)
