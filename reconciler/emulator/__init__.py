"""A local OCI Data Science: control plane, artifact store and predict endpoint.

It stands alone: it imports nothing else of this distribution, and nothing of it is imported elsewhere. The
clients that it serves are strangers (the OCI SDK, the CLI, Terraform), so what it does on the wire is what
the service documents.
"""

from reconciler.emulator.app import create_app
from reconciler.emulator.settings import Settings

__all__ = ["Settings", "create_app"]
