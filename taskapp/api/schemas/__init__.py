"""The shapes of the API: what comes in is a schema, what goes out a plain function."""
