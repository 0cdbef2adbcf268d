"""The OAuth client of a program that speaks MCP: values in, values out; it knows neither pages nor a database."""
