"""All rules, in the order in which their faults are told. Of two faults of one field the first alone is told:
one cause is one problem.
"""

from reconciler.triton.rules import backend, backend_parameters, ensembles, names, versions
from reconciler.triton.rules.model_files import table as model_files

RULES = (
    *names.RULES,
    *versions.RULES,
    *backend.RULES,
    *backend_parameters.RULES,
    *ensembles.RULES,
    *model_files.RULES,
)
