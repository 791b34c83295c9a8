"""Rules on the fields of one model's configuration, and on the files that they name.

The server judges most fields before a backend sees the model, as they are written; inputs and outputs once
the backend has filled in what is left out (core, ModelRepositoryManager::InitializeModelInfo; Model::Init).
"""
