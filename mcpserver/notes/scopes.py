"""The scopes of the sample application, with their descriptions on the consent page."""

READ = "notes:read"
WRITE = "notes:write"

SCOPES = {READ: "Read your notes", WRITE: "Add and delete your notes"}
