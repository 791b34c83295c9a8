"""Signatures of model artifacts. Nothing is signed here: documents, states and work requests only."""
