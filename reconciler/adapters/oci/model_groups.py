"""Model groups: catalog models that one deployment serves together, each by its inference key
(docs/service.md §1.6; SDK `ModelGroup`). A group's members never change, so they are read once.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from oci.data_science import DataScienceClient, models

from reconciler.adapters.oci.catalog_models import look_again_after
from reconciler.adapters.oci.errors import translated
from reconciler.adapters.oci.mapping import group_of, renamed_tags, tags_of
from reconciler.adapters.oci.sdk import Sdk
from reconciler.core.model.errors import EtagMismatch, NotFound
from reconciler.core.model.live import ARTIFACT, NAME, OWNER, CatalogModel

READERS = 16
"""Groups whose members are read at the same time: a list does not tell them."""

_GONE = frozenset({"DELETING", "DELETED"})

Members: TypeAlias = tuple[tuple[str, str], ...]
"""Pairs of inference key and catalog model's OCID."""


class ModelGroups:
    """The model groups of one compartment. Safe to use from many threads."""

    def __init__(self, client: DataScienceClient, compartment: str) -> None:
        self._client = client
        self._compartment = compartment
        self._members: dict[str, Members] = {}

    def create(
        self,
        project: str,
        name: str,
        owner: str,
        artifact: str,
        members: Sequence[tuple[str, str]],
        token: str,
    ) -> str:
        """A group marked `artifact: artifact`; its OCID. HETEROGENEOUS is the type that Oracle's samples
        have for Triton; it takes no artifact of its own.
        """
        entries = [models.MemberModelDetails(inference_key=key, model_id=model) for key, model in members]
        details = models.CreateModelGroupDetails(
            compartment_id=self._compartment,
            project_id=project,
            display_name=name,
            model_group_details=models.HeterogeneousModelGroupDetails(),
            member_model_entries=models.MemberModelEntries(member_model_details=entries),
            freeform_tags={OWNER: owner, NAME: name, ARTIFACT: artifact},
        )
        with translated(f"creating the model group {name}"):
            return str(self._client.create_model_group(details, opc_retry_token=token).data.id)

    def state(self, group: str) -> str:
        """The lifecycle state."""
        return str(self._get(group).lifecycle_state)

    def rename(self, group: str, name: str) -> None:
        """Another display name and name mark; other tags stay. What has the name already is left alone."""

        def rename() -> None:
            with translated(f"renaming the model group {group}"):
                found = self._client.get_model_group(group)
                tags = renamed_tags(found.data, name)
                if tags is not None:
                    etag = str(found.headers.get("etag") or "")
                    details = models.UpdateModelGroupDetails(display_name=name, freeform_tags=tags)
                    self._client.update_model_group(group, details, if_match=etag)

        look_again_after(EtagMismatch, rename)

    def delete(self, group: str) -> None:
        """Delete a group; one that is gone already is no error."""
        try:
            with translated(f"deleting the model group {group}"):
                self._client.delete_model_group(group)
        except NotFound:
            return

    def members(self, group: str) -> Members:
        """The members; one without an inference key goes by its OCID."""
        if group in self._members:
            return self._members[group]
        entries = self._get(group).member_model_entries
        told = (entries and entries.member_model_details) or ()
        # One without an id is none that we know, and still one of them.
        known = [(one.inference_key, one.model_id or "") for one in told]
        self._members[group] = tuple((key or model, model) for key, model in known)
        return self._members[group]

    def with_members(self, listed: Sequence[Sdk]) -> tuple[CatalogModel, ...]:
        """Summaries of groups; those that some reconciler made, with their members."""
        if not listed:
            return ()
        with ThreadPoolExecutor(READERS) as pool:
            found = list(pool.map(self._of_ours, listed))
        return tuple(group_of(item, members) for item, members in zip(listed, found, strict=True))

    def _of_ours(self, item: Sdk) -> tuple[str, ...]:
        if OWNER not in dict(tags_of(item)) or item.lifecycle_state in _GONE:
            return ()
        try:
            return tuple(model for _, model in self.members(item.id))
        except NotFound:
            return ()

    def _get(self, group: str) -> Sdk:
        with translated(f"reading the model group {group}"):
            return self._client.get_model_group(group).data
