"""All rules, in the order in which their faults are told. Of two faults of one field the first alone is told:
one cause is one problem.
"""

from reconciler.triton.rules import backend, configuration_file, ensembles, names, versions

RULES = (
    *names.RULES,
    *versions.RULES,
    *configuration_file.RULES,
    *backend.RULES,
    *ensembles.RULES,
)
