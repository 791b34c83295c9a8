"""What a user can ask for, one module a use case, and the only place where the parts are wired together.

No rules of the domain: those are the core's.
"""
