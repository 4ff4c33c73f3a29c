"""Safe retries: what is sent twice under one key happens once."""
