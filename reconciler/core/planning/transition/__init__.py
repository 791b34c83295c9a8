"""The transition of one deployment from live to desired, in the fewest legal steps. Pure."""
