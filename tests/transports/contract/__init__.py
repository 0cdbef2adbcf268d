"""One contract: what a client sees, whichever way it came."""
