"""Asks a real tenancy, or a local cloud, the questions that no public source answers: the readings.

Each reading has one experiment. All that an experiment creates carries a marker, and is removed again. This
package is a client: it speaks HTTP to whatever it is pointed at, and knows nothing of the emulator's inside.
"""
