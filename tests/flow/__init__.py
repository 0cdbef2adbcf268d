"""Both programs as real processes, and a person with a browser."""
