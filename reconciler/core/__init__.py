"""Values in, values out: what is asked for, what is there, and what to do about it.

Nothing in this package reads a file, a clock, the network or an environment variable.
"""
