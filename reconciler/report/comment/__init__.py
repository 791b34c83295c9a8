"""What stands in comments, of pull requests and of issues. Nothing is computed or posted here."""
