"""Completed-task records: who worked on which task, when, and for how long."""
