"""The forms of the pages. Field names are the API's (contract §5)."""
