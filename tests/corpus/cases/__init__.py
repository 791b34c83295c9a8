"""The cases of the corpus, a module for each topic, with `CASES`."""
