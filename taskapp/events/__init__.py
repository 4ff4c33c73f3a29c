"""The event log: one row for each change, in commit order. One writer, many readers."""
