"""What stands in comments, of pull requests and of issues."""
