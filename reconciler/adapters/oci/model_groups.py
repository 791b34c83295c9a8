"""Model groups: catalog models that one deployment serves together, each by its inference key
(docs/service.md §1.6; SDK `ModelGroup`). The members of a group never change, so they are read once.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from oci.data_science import DataScienceClient, models

from reconciler.adapters.oci.catalog_entries import Entries
from reconciler.adapters.oci.errors import translated
from reconciler.adapters.sdk import Sdk
from reconciler.core.model.errors import CloudError, NotFound, Transient

READERS = 16
"""So many groups have their members read at the same time: a list does not include them."""

Members: TypeAlias = tuple[tuple[str, str], ...]
"""Pairs of inference key and catalog model's OCID."""


class ModelGroups:
    """The model groups of one compartment. Safe to use from many threads."""

    def __init__(self, client: DataScienceClient, compartment: str) -> None:
        self._client = client
        self._compartment = compartment
        self._members: dict[str, Members] = {}
        self.entries = Entries(
            "model group",
            client.get_model_group,
            client.update_model_group,
            client.delete_model_group,
            models.UpdateModelGroupDetails,
        )

    def create(
        self,
        project: str,
        name: str,
        marks: dict[str, str],
        members: Sequence[tuple[str, str]],
        token: str,
    ) -> str:
        """Create a group with these tags; its OCID. Oracle's samples use the type HETEROGENEOUS for Triton:
        it takes no artifact of its own.
        """
        entries = [models.MemberModelDetails(inference_key=key, model_id=model) for key, model in members]
        details = models.CreateModelGroupDetails(
            compartment_id=self._compartment,
            project_id=project,
            display_name=name,
            model_group_details=models.HeterogeneousModelGroupDetails(),
            member_model_entries=models.MemberModelEntries(member_model_details=entries),
            freeform_tags=marks,
        )
        with translated(f"creating the model group {name}"):
            return str(self._client.create_model_group(details, opc_retry_token=token).data.id)

    def state(self, group: str) -> str:
        """The lifecycle state."""
        return str(self._get(group).lifecycle_state)

    def members(self, group: str) -> Members:
        """The members; one without an inference key goes by its OCID."""
        if group in self._members:
            return self._members[group]
        entries = self._get(group).member_model_entries
        details = (entries and entries.member_model_details) or ()
        # A member without an id is unknown to us, and still a member.
        pairs = [(member.inference_key, member.model_id or "") for member in details]
        self._members[group] = tuple((key or model, model) for key, model in pairs)
        return self._members[group]

    def members_of_marked(self, groups: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The members' OCIDs of groups that a reconciler has marked; one that is gone by now has none."""
        return {group: found or () for group, found in self._read(groups, NotFound).items()}

    def members_of_others(self, groups: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The same of any groups, without those that cannot be read: nobody has to let us."""
        return {group: found for group, found in self._read(groups, CloudError).items() if found is not None}

    def _read(self, groups: Sequence[str], unreadable: type[CloudError]) -> dict[str, tuple[str, ...] | None]:
        """None for a group of which this error says that it cannot be read. What may pass is raised."""

        def read(group: str) -> tuple[str, ...] | None:
            try:
                return tuple(model for _, model in self.members(group))
            except Transient:
                raise
            except unreadable:
                return None

        if not groups:
            return {}
        with ThreadPoolExecutor(READERS) as pool:
            return dict(zip(groups, pool.map(read, groups), strict=True))

    def _get(self, group: str) -> Sdk:
        with translated(f"reading the model group {group}"):
            return self._client.get_model_group(group).data
