"""Values in, values out: what is desired, what is live, and what to do about it.

Nothing in this package reads a file, a clock, the network or an environment variable.
"""
