"""A conversation with a language model that may use the connected tools, each call allowed by the person: no HTTP handlers, no markup."""
