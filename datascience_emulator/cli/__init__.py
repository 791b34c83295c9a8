"""The command `datascience-emulator`: its arguments, and what it prints."""
