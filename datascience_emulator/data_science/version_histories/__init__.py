"""Version histories of model groups: named series of versions."""
