"""Requests as values, and where the parts of documents lie. Pure: nothing is looked up here."""
