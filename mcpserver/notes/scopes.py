"""What a client may be allowed to do with a person's notes, in words for the consent page."""

from ..oauth.protocol.scopes import PROFILE as SEE_PROFILE
from ..oauth.protocol.scopes import Scope, ScopeCatalog

PROFILE = SEE_PROFILE.name
READ = "notes:read"
WRITE = "notes:write"

SCOPES = ScopeCatalog(
    (
        SEE_PROFILE,
        Scope(READ, "Read your notes"),
        Scope(WRITE, "Add and delete your notes"),
    )
)
