"""MCP servers that nobody here wrote, with a few tools each: what the web client's engine is held against."""
