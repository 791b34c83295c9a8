"""One module for each verb of `reconcile`, named after it; `verb_list.py` imports it by that name."""
