"""Catalog models: their creation, their marks and their provenance (docs/service.md §1.2).

Another run may publish the same content at the same time: whoever is second looks again.
"""

from functools import partial
from http import HTTPStatus
from typing import Any

from oci.data_science import DataScienceClient, models

from reconciler.adapters.oci.catalog_entries import Entries, look_again_after, released
from reconciler.adapters.oci.conversion.kept_models import has_room, kept_in, with_kept, without_kept
from reconciler.adapters.oci.conversion.live import tags_of
from reconciler.adapters.oci.errors import translated
from reconciler.adapters.sdk import Sdk, etag_of
from reconciler.core.model.artifact import Artifact
from reconciler.core.model.errors import CloudError, Conflict, EtagMismatch, NotFound
from reconciler.core.model.live import ARTIFACT, NAME, OWNER, PUBLISHING
from reconciler.core.model.served.model_folder import ModelFolder
from reconciler.core.model.spec import Revision


def _released(model: Sdk) -> dict[str, Any]:
    others, kept = without_kept(model), list(model.custom_metadata_list or ())
    metadata = {} if others == kept else {"custom_metadata_list": others}
    return {**released(model), **metadata}


class CatalogModels:
    """The catalog models of one compartment. Safe to use from many threads."""

    def __init__(self, client: DataScienceClient, compartment: str) -> None:
        self._client = client
        self._compartment = compartment
        self.entries = Entries(
            "catalog model",
            client.get_model,
            client.update_model,
            client.delete_model,
            models.UpdateModelDetails,
        )

    def create(self, project: str, name: str, owner: str, artifact: str, token: str) -> str:
        """A catalog model marked `publishing: artifact`, without content yet; its OCID."""
        details = models.CreateModelDetails(
            compartment_id=self._compartment,
            project_id=project,
            display_name=name,
            freeform_tags={OWNER: owner, NAME: name, PUBLISHING: artifact},
        )
        with translated(f"creating the catalog model {name}"):
            return str(self._client.create_model(details, opc_retry_token=token).data.id)

    def set_provenance(self, model: str, revision: Revision) -> None:
        """Note which repository, branch and commit the model came from."""
        fields = {
            "repository_url": revision.repository or None,
            "git_branch": revision.branch or None,
            "git_commit": revision.commit,
        }

        def note() -> None:
            exists = self._has_provenance(model)
            with translated(f"telling where {model} comes from"):
                if exists:
                    details = models.UpdateModelProvenanceDetails(**fields)
                    self._client.update_model_provenance(model, details)
                else:
                    self._client.create_model_provenance(model, models.CreateModelProvenanceDetails(**fields))

        look_again_after(Conflict, note)

    def origin(self, model: str) -> Revision | None:
        """Which commit and branch the model came from; None where that was not noted."""
        try:
            with translated(f"reading where {model} comes from"):
                found = self._client.get_model_provenance(model).data
        except NotFound:
            return None
        return Revision(found.git_commit, found.git_branch or "") if found.git_commit else None

    def mark_published(self, model: str, name: str, owner: str, artifact: Artifact) -> None:
        """Mark the model `artifact: digest`, and keep what servers make of its models with it; tags and
        metadata of others stay. Where there is no room for the metadata, the mark alone is set.
        """

        def mark(*, with_models: bool) -> None:
            with translated(f"marking {model} as published"):
                answer = self._client.get_model(model)
                tags = {**dict(tags_of(answer.data)), OWNER: owner, NAME: name, ARTIFACT: artifact.digest}
                tags.pop(PUBLISHING, None)
                kept = {"custom_metadata_list": with_kept(artifact, answer.data)} if with_models else {}
                details = models.UpdateModelDetails(freeform_tags=tags, **kept)
                self._client.update_model(model, details, if_match=etag_of(answer))

        try:
            look_again_after(EtagMismatch, partial(mark, with_models=has_room(artifact)))
        except CloudError as error:
            if not has_room(artifact) or error.answer.status != HTTPStatus.BAD_REQUEST:
                raise
            look_again_after(EtagMismatch, partial(mark, with_models=False))

    def release(self, model: str) -> None:
        """Take our marks off, and what is kept with it; tags and metadata of others stay."""
        self.entries.release(model, _released)

    def kept_models(self, model: str) -> tuple[ModelFolder, ...] | None:
        """What is kept with a catalog model of its models; None when that is nothing of ours."""
        with translated(f"reading {model}"):
            return kept_in(self._client.get_model(model).data)

    def _has_provenance(self, model: str) -> bool:
        try:
            with translated(f"reading where {model} comes from"):
                self._client.get_model_provenance(model)
        except NotFound:
            return False
        return True
