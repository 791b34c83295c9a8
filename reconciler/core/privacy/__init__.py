"""Secrets and credentials in text: found, and taken out of what leaves the program."""
