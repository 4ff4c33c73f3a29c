"""The mail in the morning that tells what is due."""
