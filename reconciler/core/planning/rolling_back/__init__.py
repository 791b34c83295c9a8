"""Rollbacks to an earlier revision, by the verb: whether a hold lasts, and how it ends."""
