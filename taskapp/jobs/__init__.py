"""Work that is done apart from requests, by runners (`flask --app wsgi jobs`)."""
