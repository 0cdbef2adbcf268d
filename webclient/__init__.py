"""An MCP client with pages: adds any server as an integration, signs in, calls tools and shows every hop it took."""

__version__ = "0.1.0"
