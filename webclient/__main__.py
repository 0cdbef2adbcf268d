"""``python -m webclient``."""

from .cli import main

main()
