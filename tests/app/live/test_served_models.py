"""What is served of deployments: read where it is kept, else from the content, and nothing where it makes no
difference.
"""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from reconciler.app.live.served_models import served_now, servings_of
from reconciler.core.model.configuration import Container, DeploymentType
from reconciler.core.model.desired import Desired
from reconciler.core.model.errors import CloudError, Failed, NotAllowed, NotFound, ServiceAnswer
from reconciler.core.model.served.model_folder import ModelConfiguration, ModelFolder
from reconciler.core.model.served.structure import Servings, Structure, WillNotServe
from reconciler.core.model.spec import Spec
from reconciler.core.planning.run_scope import to_guard
from reconciler.triton.files.port import RepositoryFiles
from tests.support.reaching import reached
from tests.support.repository_files import files_of
from tests.support.reviews import CONTAINER, IMAGENET, OWNER, World, as_served, models, spec
from tests.support.served import folder, structure_of

JUNE = models("trained in June")
EXPLICIT = replace(CONTAINER, command=(*CONTAINER.command, "--model-control-mode=explicit", "--load-model=m"))
QUIET = replace(CONTAINER, command=(*CONTAINER.command, "--log-error=false"))


class Catalog:
    """It tells `kept`, or else has `content` (an error: that one), and notes what it is asked."""

    def __init__(
        self, kept: tuple[ModelFolder, ...] | None = None, content: RepositoryFiles | Exception | None = None
    ) -> None:
        self.kept, self.files, self.asked = kept, content, list[str]()

    def kept_models(self, ocid: str) -> tuple[ModelFolder, ...] | None:
        self.asked.append(f"models of {ocid}")
        return self.kept

    def content(self, ocid: str) -> RepositoryFiles:
        self.asked.append(f"content of {ocid}")
        if isinstance(self.files, Exception):
            raise self.files
        assert self.files is not None, "nothing of the content is needed"
        return self.files

    def members(self, group: str) -> Sequence[tuple[str, str]]:
        return (("m", f"{group}.m"), ("n", f"{group}.n"))


def served(catalog: Catalog, **changes: object) -> object:
    (live,) = World().of(spec(**changes)).snapshot.deployments
    (found,) = served_now(reached(catalog), [live]).values()
    return found


def on_the_way(catalog: Catalog, before: Spec, after: Spec) -> dict[str, Servings]:
    world = World().of(before)
    wanted = Desired("prod", OWNER, (after,))
    return servings_of(reached(catalog), to_guard(wanted, world.snapshot))


def test_of_what_is_kept_no_content_is_read() -> None:
    catalog = Catalog((folder("m", [1, 2], IMAGENET),))
    found = served(catalog)
    assert isinstance(found, Structure)
    assert found.contracts == ((("m", 1), IMAGENET), (("m", 2), IMAGENET))
    assert [line.split()[0] for line in catalog.asked] == ["models"]


def test_of_anything_else_the_content_is_read() -> None:
    catalog = Catalog(content=files_of(["m/1/model.onnx", "m/2/model.onnx"]))
    assert served(catalog) == Structure(frozenset({("m", 2)}))


def test_a_command_that_cannot_start_serves_nothing_that_is_known() -> None:
    options = ("--model-control-mode=explicit", "--load-model=ghost")
    container = replace(CONTAINER, command=(*CONTAINER.command, *options))
    found = served(Catalog((folder("m", [1]),)), container=container)
    assert isinstance(found, WillNotServe)


def test_of_a_group_each_member_is_read() -> None:
    catalog = Catalog(content=files_of(["3/model.onnx"]))
    found = served(catalog, kind=DeploymentType.MODEL_GROUP)
    assert found == Structure(frozenset({("m", 3), ("n", 3)}))


def test_members_of_the_same_content_keep_one_name_and_serve_their_own() -> None:
    found = served(Catalog((folder("m", [3]),)), kind=DeploymentType.MODEL_GROUP)
    assert found == Structure(frozenset({("m", 3), ("n", 3)}))


def test_kept_models_that_lack_a_configuration_are_served_by_none() -> None:
    assert served(Catalog((ModelFolder("m", (1, 2), ()),))) == Structure(frozenset({("m", 2)}))


@pytest.mark.parametrize("error", [NotFound(ServiceAnswer("reading", 404)), Failed("it is no zip")])
def test_what_nobody_can_read_is_unknown(error: Failed) -> None:
    assert served(Catalog(content=error)) is None


def test_an_error_of_the_service_is_not_taken_for_unknown() -> None:
    with pytest.raises(CloudError):
        served(Catalog(content=NotAllowed(ServiceAnswer("reading", 403))))


def test_other_models_are_compared_with_what_is_kept() -> None:
    catalog = Catalog(models().models)
    (found,) = on_the_way(catalog, spec(), spec(artifact=JUNE)).values()
    old, new = structure_of(models()), structure_of(JUNE)
    assert (found.now, found.container_first, found.models_first, found.desired) == (old, old, new, new)


def test_another_command_on_the_same_models_needs_nothing_of_the_catalog() -> None:
    catalog = Catalog()
    (found,) = on_the_way(catalog, spec(), spec(container=EXPLICIT)).values()
    assert catalog.asked == []
    assert isinstance(found.desired, WillNotServe)


def test_a_command_that_makes_no_difference_is_not_looked_at() -> None:
    assert on_the_way(Catalog(), spec(), spec(container=QUIET)) == {}


@pytest.mark.parametrize("same", [True, False])
def test_another_name_of_the_same_image_loads_the_same_engines(same: bool) -> None:
    engine = (ModelFolder("m", (1,), (("config.pbtxt", ModelConfiguration(backend="tensorrt")),)),)
    may, june = replace(models(), models=engine), replace(JUNE, models=engine)
    now = as_served(spec().configuration).container
    container = replace(CONTAINER, image="iad.ocir.io/acme/moved:1", digest=now.digest if same else None)
    (found,) = on_the_way(
        Catalog(engine), spec(artifact=may), spec(artifact=june, container=container)
    ).values()
    assert isinstance(found.container_first, Structure if same else WillNotServe)


@pytest.mark.parametrize(("lies_in", "command"), [("", EXPLICIT), ("repo", CONTAINER)])
def test_one_command_finds_models_in_one_folder(lies_in: str, command: Container) -> None:
    catalog = Catalog(content=files_of([f"{lies_in}/m/1/model.onnx".lstrip("/")]))
    (found,) = on_the_way(catalog, spec(), spec(artifact=JUNE, container=command)).values()
    assert "live artifact" not in str(found)


def test_models_that_lie_in_another_folder_are_found_by_neither_command() -> None:
    catalog = Catalog(content=files_of(["repo/m/1/model.onnx"]))
    (found,) = on_the_way(catalog, spec(), spec(artifact=JUNE, container=EXPLICIT)).values()
    why = WillNotServe(
        "the models lie in the folder 'repo' of the live artifact and at the top of the new one, and no "
        "command finds both"
    )
    assert (found.container_first, found.models_first) == (why, why)
    assert isinstance(found.now, Structure)
