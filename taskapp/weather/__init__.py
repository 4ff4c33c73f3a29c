"""The present weather of a city: asked of a provider, kept for an hour, never waited for long."""
