"""Settings of the whole test suite."""

import os

from hypothesis import settings

# In CI the same examples every time: a change is judged by what it changes. Elsewhere, new ones each time.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
