"""What gunicorn and the flask command load."""

import gc

# Of what is made by loading nearly everything stays. To look for garbage in it again and again is
# a seventh of the time that takes; and each look writes into every object, by which workers that
# are forked after it (`--preload`) would get copies of their own of what they share.
gc.disable()

from taskapp import create_app  # noqa: E402  (see above)

app = create_app()

gc.freeze()
gc.enable()
