"""A local OCI Data Science: control plane, artifact store and predict endpoint.

It stands alone: it imports nothing of `reconciler`, and `reconciler` imports nothing of it. It serves clients
that know nothing of it (the OCI SDK, the CLI, Terraform), so on the wire it does what the service documents.

    verify              a client: asks a tenancy what no source says
    cli, process        the command, and the emulator as a process
    embedded            the emulator inside another program, for tests; `pytest_plugin` makes it a fixture
    app                 everything put together, and the table of all operations
    lifecycle           asynchronous work, and the model servers of deployments
    data_science, …     a folder for each service of OCI
    api                 between HTTP and the services
    store, telemetry    what is remembered
    wire                values: JSON, requests, answers
    triton              real Triton servers, knowing nothing of the rest
    reference           what the emulator says of itself

Each may import only what stands below it; `pyproject.toml` has the whole order.
"""

from datascience_emulator.version import __version__

__all__ = ["__version__"]
