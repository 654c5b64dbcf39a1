"""Property tests have no deadline per example: two busy cores make any figure flaky."""

from hypothesis import settings

settings.register_profile("cardline", deadline=None)
settings.load_profile("cardline")
