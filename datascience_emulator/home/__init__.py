"""The folder that holds all state of one emulator, and which folders may become one."""
