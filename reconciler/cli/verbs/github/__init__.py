"""Verbs for jobs of GitHub Actions: what they run over, what they tell, and what was reviewed."""
