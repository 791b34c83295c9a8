"""One module for each verb of `reconcile`, named after it; `command.py` finds it by that name."""
