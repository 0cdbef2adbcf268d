"""What every store must do, whichever database is behind it; and what SQLite's file must be."""
