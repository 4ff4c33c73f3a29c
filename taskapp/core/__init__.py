"""What every domain package stands on; knows nothing of tasks, people or HTTP."""
