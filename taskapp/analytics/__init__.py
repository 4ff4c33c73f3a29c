"""Figures about tasks and time, for a period."""
