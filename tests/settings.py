"""The settings of every application that the tests start."""

SECRET_KEY = "a secret of the tests, longer than 32 bytes"

# A hash of four rounds is as right as one of twelve, and 250 times quicker. No test asks the real
# providers of weather, and no runner is woken by what a test does. All tests come from one address:
# those of the limits set them.
SETTINGS = {
    "SECRET_KEY": SECRET_KEY,
    "LOG_FILE": "",
    "BCRYPT_ROUNDS": 4,
    "RATELIMIT_ENABLED": False,
    "WEATHER_PROVIDER": "off",
    "JOBS_URL": "memory://",
}
