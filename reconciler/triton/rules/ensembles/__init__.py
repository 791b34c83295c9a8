"""Rules on ensembles: models that answer by calling other models of the repository, step by step.

The server judges an ensemble in three places: its configuration by itself (core, model_config_utils.cc), the
models that it calls (model_repository_manager.cc), and its tensors against theirs (ensemble_utils.cc).
"""
