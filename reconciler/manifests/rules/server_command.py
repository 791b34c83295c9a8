"""What is wrong with the command of `spec.server`, beside the models that it is to serve.

What it means is known to `triton.server`; here are the places.
"""

from collections.abc import Iterator
from dataclasses import replace

from reconciler.core.model.findings import Finding, Severity
from reconciler.manifests.declarations.model_deployment import ManifestServer
from reconciler.manifests.schema.document_reading import ReadTable
from reconciler.triton.config_file import CONFIG_FILE
from reconciler.triton.repository_layout import Layout
from reconciler.triton.server.check import check_command
from reconciler.triton.server.command import ServerCommand, read_command
from reconciler.triton.server.served import VARIANTS


def check_server(
    server: ManifestServer, table: ReadTable, layout: Layout | None, *, anywhere: bool
) -> Iterator[Finding]:
    """`layout` is None where the models could not be laid out, or are not of this manifest. With `anywhere`
    they may lie in any folder.
    """
    words = (*server.entrypoint, *server.command)
    command = read_command(words)
    if table.bad & {"command", "entrypoint", "port", "healthPort"}:
        return
    if command is None:
        if words:
            yield _not_known(server, table)
        return
    before, configured = len(server.entrypoint), _configured(layout, command) if layout else None
    for fault in check_command(command, server.port, server.health_port, configured, anywhere=anywhere):
        index = before if fault.word is None else fault.word
        field, item = ("entrypoint", index) if index < before else ("command", index - before)
        what = f"{table.at}.{field}: {fault.what}"
        yield replace(table.finding((field, item), what, fault.advice), severity=fault.severity)


def _not_known(server: ManifestServer, table: ReadTable) -> Finding:
    """A script may do anything, so it is taken as it is; that nothing was checked must not stay unnoticed."""
    field = "entrypoint" if server.entrypoint else "command"
    what = f"{table.at}.{field}: what it serves is not known, because it does not plainly run tritonserver"
    advice = "The checks of the start command are left out. Write tritonserver and its options to have them."
    return replace(table.finding((field,), what, advice), severity=Severity.WARNING)


def _configured(layout: Layout, command: ServerCommand) -> dict[str, bool]:
    """The models, and of each whether it has a configuration that the server takes."""
    taken = {CONFIG_FILE, f"{VARIANTS}{command.value('model-config-name', '')}.pbtxt"}
    models = layout.models().items()
    return {name: any(file.path in taken for file in model.files) for name, model in models}
