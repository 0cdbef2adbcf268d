"""``python -m mcpserver``."""

from .cli import main

main(prog_name="mcpserver")
