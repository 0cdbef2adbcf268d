"""The scopes of the sample application, with the words of the consent page."""

READ = "notes:read"
WRITE = "notes:write"

SCOPES = {READ: "Read your notes", WRITE: "Add and delete your notes"}
