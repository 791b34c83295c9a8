"""Arguments and exit codes, one small file for each group of verbs. No decisions."""
