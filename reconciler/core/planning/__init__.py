"""The decisions: from what is desired and what is live to a plan. Pure.

`planner` makes the plan of a whole run: for each spec by `transition`, which compares (`diff`) and guards
what clients rely on (`guard`); for what no manifest names by `orphans`. Whose a deployment is is decided in
`ownership`, what a whole plan must not pass in `safety_limits`. The plan is a value (`plan`, `steps`); a
saved one is checked again by `admission`, and `explain` says why a field is in it or not.
"""
