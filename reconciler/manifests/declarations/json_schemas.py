"""The JSON Schemas of what a user writes, as files. `python -m reconciler.manifests.declarations.json_schemas
DIR` writes them; a test fails when they are out of date.
"""

import sys
from pathlib import Path
from typing import Any

from reconciler.manifests.declarations.model_deployment import Manifest
from reconciler.manifests.declarations.prices_file import PricesFile
from reconciler.manifests.declarations.settings_file import SettingsFile
from reconciler.manifests.schema.json_schema import schema_file

SCHEMAS: dict[str, type[Any]] = {
    "model-deployment.v1.json": Manifest,
    "repository.v1.json": SettingsFile,
    "prices.v1.json": PricesFile,
}


def main(folder: Path) -> None:
    """Write every schema into a folder."""
    for name, declaration in SCHEMAS.items():
        (folder / name).write_text(
            schema_file(declaration, templates=declaration is Manifest), encoding="utf-8"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
