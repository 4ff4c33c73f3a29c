"""People: their accounts, passwords, sessions and roles."""
