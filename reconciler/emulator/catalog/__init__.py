"""Rules of models, model groups and their artifacts that several operations share."""
