"""The project of a target: found by its name or OCID, created when it is to be."""

from oci.data_science import DataScienceClient, models

from reconciler.adapters.oci.conversion.live import known_state
from reconciler.adapters.oci.errors import translated
from reconciler.adapters.oci.lists import Lists
from reconciler.adapters.sdk import Sdk
from reconciler.core.model.errors import SetupError
from reconciler.core.model.live import Project


class TargetProject:
    """The project that a target names. `create`: whether a plan may create it."""

    def __init__(
        self, client: DataScienceClient, lists: Lists, compartment: str, name: str, create: bool
    ) -> None:
        self._client, self._lists, self._compartment = client, lists, compartment
        self._name, self._create = name, create
        self._ocid: str | None = None

    def read(self) -> Project:
        """The project as it is now."""
        project = self._find(self._name)
        if project is None:
            return Project(self._name, None, self._create)
        self._ocid = str(project.id)
        return Project(str(project.display_name or project.id), self._ocid, self._create)

    def ensure(self, name: str, token: str) -> str:
        """Find the project of this name or create it; its OCID."""
        project = self._find(name)
        if project is None:
            details = models.CreateProjectDetails(compartment_id=self._compartment, display_name=name)
            with translated(f"creating the project {name}"):
                project = self._client.create_project(details, opc_retry_token=token).data
        self._ocid = str(project.id)
        return self._ocid

    @property
    def ocid(self) -> str:
        """The OCID; read when it is not known yet. Raises SetupError when there is no such project."""
        if self._ocid is None:
            self.read()
        if self._ocid is None:
            raise SetupError(
                f"there is no project named {self._name} in {self._compartment}: create it, "
                "or set the target's project to one that exists"
            )
        return self._ocid

    def _find(self, name: str) -> Sdk:
        if name.startswith("ocid1."):
            with translated(f"reading the project {name}"):
                return self._client.get_project(name).data
        named = [item for item in self._lists.projects() if item.display_name == name]
        for item in named:
            known_state(item, f"the project {name}")
        active = [item for item in named if item.lifecycle_state == "ACTIVE"]
        if len(active) > 1:
            ocids = ", ".join(sorted(item.id for item in active))
            raise SetupError(
                f"{len(active)} projects are named {name}; name one of them by its OCID: {ocids}"
            )
        return active[0] if active else None
