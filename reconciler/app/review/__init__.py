"""What a reviewer is shown beside the plan, read from git; and what was shown to one. Nothing is changed."""
