"""Runs a plan against ports: waits, tries again, rolls back, and tells what happens as events.

`run` is the way in; `deployment` carries out the steps of one deployment. Nothing here prints, imports the
SDK, or decides what is to be done: that is the plan's.
"""
