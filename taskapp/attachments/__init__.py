"""Files that hang on a task: their rows in the database, their bytes on disk or in S3."""
