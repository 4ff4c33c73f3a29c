"""Back-ups of an installation on SQLite: its database and its files, in one file."""
