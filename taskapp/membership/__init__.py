"""Changes to an account together with all that hangs on it."""
