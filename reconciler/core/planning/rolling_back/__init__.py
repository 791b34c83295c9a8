"""Rollbacks to an earlier revision, by the verb: what was written, whether a hold lasts, and how it ends."""
