"""Mail: composed from templates, sent by SMTP."""
