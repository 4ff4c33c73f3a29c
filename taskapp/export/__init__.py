"""What Taskapp knows of a person, for that person to take along."""
