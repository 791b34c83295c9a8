"""In a job of GitHub Actions: what is posted, and what was reviewed."""
