"""Files of a model repository on disk: which may be read and packed, and their hashes."""
