"""Turns values of the core into text, JSON and Markdown.

A module or folder for each subject: plan, apply, status, explain, findings, errors. Nothing here decides,
prints or writes: every function takes values and gives back text or plain data. Libraries that load slowly
are imported inside the functions that use them.
"""
