"""Carries out the steps of one deployment: one after another, with what follows when one of them fails."""
