"""What a reviewer of a pull request is told beside the plan, read from git. Nothing is changed."""
