"""Which catalog models a saved plan may delete or rename."""

from dataclasses import replace

import pytest

from reconciler.core.model.live import CatalogModel
from reconciler.core.planning.steps import DeleteModel, RenameModel
from tests.support.forge import STRANGE, Forge, foreign
from tests.support.reviews import OWNER

LEFT = CatalogModel("ocid1.datasciencemodel.oc1.iad.left", "vision", True, OWNER, "vision", "x")
GROUP = CatalogModel("g", "other", True, OWNER, "other", "x", None, True, (LEFT.ocid,))


@pytest.mark.parametrize(
    ("step", "models", "told"),
    [
        (DeleteModel(STRANGE.ocid), (STRANGE,), "is none of ours"),
        (DeleteModel("ocid1.datasciencemodel.oc1.iad.nobody"), (), "is none of ours"),
        (DeleteModel(LEFT.ocid, is_model_group=True), (LEFT,), "is none of ours"),
        (DeleteModel("ocid1.datasciencemodel.oc1.iad.other"), (), "was published for 'other'"),
        (DeleteModel(LEFT.ocid), (LEFT, GROUP), "is in use"),
    ],
)
def test_only_what_is_ours_and_unused_is_deleted(
    step: DeleteModel, models: tuple[CatalogModel, ...], told: str
) -> None:
    forge = Forge(models=models)
    assert told in forge.refused(forge.delete(forge.live("vision"), step))


def test_what_another_runs_stays() -> None:
    forge = Forge(more=(foreign(name="x", model_id=LEFT.ocid),), models=(LEFT,))
    assert "is in use" in forge.refused(forge.delete(forge.live("vision"), DeleteModel(LEFT.ocid)))
    forge = Forge(models=(LEFT,))
    forge.admits(forge.delete(forge.live("vision"), DeleteModel(LEFT.ocid)))


@pytest.mark.parametrize(
    ("ocid", "told"),
    [
        (STRANGE.ocid, "is none of ours"),
        ("ocid1.datasciencemodel.oc1.iad.nobody", "is none of ours"),
        ("ocid1.datasciencemodel.oc1.iad.other", "is of 'other'"),
    ],
)
def test_only_what_is_ours_is_renamed(ocid: str, told: str) -> None:
    forge = Forge(models=(STRANGE,))
    item = forge.update(forge.live("vision"))
    assert told in forge.refused(replace(item, steps=(*item.steps, RenameModel(ocid, "vision"))))
