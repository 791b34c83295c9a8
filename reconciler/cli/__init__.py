"""The command line: arguments, exit codes, progress, and a file for each verb in `verbs`. No decisions.

Modules of the other rooms are imported inside the functions that need them, so that `reconcile --help` is
fast and verbs without a cloud never load the OCI SDK.
"""
