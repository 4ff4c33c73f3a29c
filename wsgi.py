"""What gunicorn and the flask command load."""

from taskapp import create_app

app = create_app()
