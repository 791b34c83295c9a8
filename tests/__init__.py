"""The tests, as a package: what they share is `tests.support`, and no folder of theirs hides a library."""
