"""Markdown for GitHub: values that cannot act in it, and text that fits into its limits. It knows no plan."""
