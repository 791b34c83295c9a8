"""The Data Science service, a folder for each resource.

In each, `operations` has the handlers (a verified call in, an answer out) and the table of operations,
`documents` says what requests may hold, and the other modules are rules.
"""

BASE = "/20190101"
"""What all paths of the service begin with."""
