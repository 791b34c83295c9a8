"""Everything that the emulator keeps: records in SQLite, and contents on disk. No rules."""
