"""A declarative GitOps reconciler for NVIDIA Triton on OCI Data Science Model Deployment."""

__version__ = "0.1.0"
