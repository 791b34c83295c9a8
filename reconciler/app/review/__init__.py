"""What a reviewer is shown, and what was shown to one."""
