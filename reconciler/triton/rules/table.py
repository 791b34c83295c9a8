"""All rules, in the order in which their faults are told. Of two faults of one field the first alone is told:
one cause is one problem; but a warning hides no error.
"""

from reconciler.triton.rules import backend, configuration_file, names, versions
from reconciler.triton.rules.ensembles import table as ensembles
from reconciler.triton.rules.fields import table as fields
from reconciler.triton.rules.model_files import table as model_files

OF_FILES = (*versions.RULES, *backend.OF_FILES, *model_files.RULES)
"""Rules that need to know which files the server finds."""

RULES = (
    *names.RULES,
    *versions.RULES,
    *configuration_file.RULES,
    *backend.RULES,
    *fields.RULES,
    *ensembles.RULES,
    *model_files.RULES,
)
