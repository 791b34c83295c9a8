"""What holds for every property: its examples may take as long as a busy machine needs."""

from hypothesis import settings

settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")
