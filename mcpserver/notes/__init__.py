"""The sample application: a person's notes, as pages, as a REST API and as MCP tools, over one set of rules."""
