"""Live values that no plan holds, because they may be secrets: a plan is saved where many can read it."""
