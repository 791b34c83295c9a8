"""Use cases, and what they share. It is the only place where the parts are wired together.

No rules of the domain: those are the core's.
"""
