"""Runs a plan against ports: waits, retries, and tells what happens as events.

Nothing here prints, imports the SDK, or decides what should be done: that is the plan's.
"""
