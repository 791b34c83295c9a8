"""A local OCI Data Science: control plane, artifact store and predict endpoint.

It stands alone: it imports nothing of `reconciler`, and `reconciler` imports nothing of it. The
clients that it serves are strangers (the OCI SDK, the CLI, Terraform), so what it does on the wire is what
the service documents.
"""

from datascience_emulator.app import create_app
from datascience_emulator.settings import Settings
from datascience_emulator.version import __version__

__all__ = ["Settings", "__version__", "create_app"]
