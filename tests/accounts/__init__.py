"""People, by value and over a real store in memory."""
