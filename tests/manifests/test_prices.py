"""The file that `prices` in reconciler.yaml names."""

from decimal import Decimal
from pathlib import Path

import pytest

from reconciler.core.model.errors import InvalidManifests
from reconciler.core.planning.capacity.compute_shapes import FIXED, FLEXIBLE
from reconciler.core.planning.capacity.prices import Prices, ShapePrice
from reconciler.manifests.loading import load_manifests
from reconciler.manifests.prices import load_prices
from reconciler.manifests.settings import load_settings

SETTINGS = "apiVersion: reconciler.oci/v1\nkind: Repository\nowner: acme\nprices: prices.yaml\n"
HEAD = "apiVersion: reconciler.oci/v1\nkind: Prices\ncurrency: EUR\ndate: 2026-01-31\n"
ROOT = Path(__file__).parents[2]


def load(root: Path, text: str | None, settings: str = SETTINGS) -> Prices:
    (root / "reconciler.yaml").write_text(settings)
    if text is not None:
        (root / "prices.yaml").write_text(text)
    named = load_settings(root).prices
    assert named is not None
    return load_prices(named, root)


def test_every_field(tmp_path: Path) -> None:
    text = f"""{HEAD}source: our contract
shapes:
  VM.Standard.E4.Flex: {{ocpuHour: 0.1, gbHour: 0.0015}}
  VM.GPU.A10.1: {{gpuHour: 2}}
  VM.Standard2.1: {{instanceHour: 0}}
bandwidth: {{mbpsHour: 0.0001}}
"""
    assert load(tmp_path, text) == Prices(
        "prices.yaml",
        "EUR",
        "2026-01-31",
        {
            "VM.Standard.E4.Flex": ShapePrice(Decimal("0.1"), Decimal("0.0015")),
            "VM.GPU.A10.1": ShapePrice(gpu=Decimal(2)),
            "VM.Standard2.1": ShapePrice(instance=Decimal(0)),
        },
        Decimal("0.0001"),
        "our contract",
    )


def test_without_them_there_are_none(tmp_path: Path) -> None:
    (tmp_path / "reconciler.yaml").write_text(SETTINGS.replace("prices: prices.yaml\n", ""))
    assert load_settings(tmp_path).prices is None


WRONG = {
    "shapes: {}\n": "prices.yaml:5:9: shapes must have at least 1",
    "shapes: {VM.GPU.A10.1: {gpuHour: -1}}\n": "prices.yaml:5:34: shapes.VM.GPU.A10.1.gpuHour must be",
    "shapes: {VM.GPU.A10.1: {gpuHour: two}}\n": "prices.yaml:5:34: ",
    "shapes: {VM.GPU.A10.1: {gpuHour: .inf}}\n": "prices.yaml:5:34: ",
    "shapes: {VM.GPU.A10.1: {}}\n": "prices.yaml:5:24: shapes.VM.GPU.A10.1 needs ",
    "shapes: {VM.GPU.A10.1: {hour: 2}}\n": "prices.yaml:5:25: ",
    "shapes: {VM.GPU.A10.1: {gpuHour: 1, instanceHour: 2}}\n": "prices.yaml:5:25: shapes.VM.GPU",
    "shapes: {VM.Standard.E4.Flex: {ocpuHour: 1}}\n": "E4.Flex lacks 'gbHour'",
    "shapes: {VM.Standard.E4.Flex: {instanceHour: 1}}\n": "prices.yaml:5:32: shapes.VM.Stan",
    "shapes: {VM.Standrad.E4.Flex: {ocpuHour: 1, gbHour: 1}}\n": "Did you mean 'VM.Standard.E4.Flex'",
    "shapes: {'': {gpuHour: 1}}\n": "prices.yaml:5:10: ",
    "shapes: {VM.GPU.A10.1: {gpuHour: 2}}\nbandwidth: 3\n": "prices.yaml:6:12: ",
    "shapes: {VM.GPU.A10.1: {gpuHour: 2}}\n---\nkind: Prices\n": "prices.yaml:7:1: a second document",
    "shapes: {VM.GPU.A10.1: {gpuHour: 2}, VM.GPU.A10.1: {gpuHour: 3}}\n": "prices.yaml:5:",
    "shapes: [\n": "prices.yaml:",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidManifests) as caught:
        load(tmp_path, HEAD + text)
    assert WRONG[text] in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("EUR", "euro", "prices.yaml:3:11: currency must be a currency"),
        ("2026-01-31", "2026-02-31", "prices.yaml:4:7: date: there is no day 2026-02-31"),
        ("2026-01-31", "today", "prices.yaml:4:7: date must be a day"),
        ("kind: Prices", "kind: Price", "prices.yaml:2:7: kind must be"),
    ],
)
def test_a_head_that_is_wrong(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(InvalidManifests) as caught:
        load(tmp_path, HEAD.replace(old, new) + "shapes: {VM.GPU.A10.1: {gpuHour: 2}}\n")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("prices.yaml", "does not exist"),
        ("../prices.yaml", "leads out of the repository"),
        ("/etc/passwd", "is an absolute path"),
        (".git/config", "leads into '.git'"),
        (".", "is a folder"),
    ],
)
def test_a_path_that_leads_nowhere_good_is_told_where_it_is_written(
    tmp_path: Path, path: str, told: str
) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(InvalidManifests) as caught:
        load(tmp_path, None, SETTINGS.replace("prices.yaml", path))
    assert str(caught.value).startswith("reconciler.yaml:4:9: prices: ")
    assert told in str(caught.value)


def test_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifests, match=r"reconciler.yaml:4:9: prices.yaml holds no prices"):
        load(tmp_path, "")


def test_no_credential_is_read_in_them(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifests) as caught:
        load(tmp_path, f"{HEAD}source: AKIAIOSFODNN7EXAMPLE\nshapes: {{VM.GPU.A10.1: {{gpuHour: 2}}}}\n")
    assert "AKIAIOSFODNN7EXAMPLE" not in str(caught.value)


def test_prices_may_lie_beside_manifests_and_are_none(tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    file = tmp_path / "manifests" / "prices.yaml"
    file.write_text(HEAD + "shapes: {VM.GPU.A10.1: {gpuHour: 2}}\n")
    assert load_manifests((), tmp_path, {}).drafts == ()
    with pytest.raises(InvalidManifests, match=r"manifests/prices.yaml:2:7: prices are no manifest"):
        load_manifests((file,), tmp_path, {})


def test_the_example_has_a_price_for_every_shape_but_those_that_it_names() -> None:
    named = load_settings(ROOT).prices
    assert named is not None
    prices = load_prices(named, ROOT)
    without = {shape for shape in (*FIXED, *FLEXIBLE) if shape not in prices.shapes}
    generic = {f"VM.Standard.{name}.Generic" for name in ("AMD", "Intel", "Ampere", "x86")}
    assert without == {"BM.GPU.L40S-NC.4", "BM.GPU.T1.2", *generic}
    assert prices.shapes.keys() <= {*FIXED, *FLEXIBLE}
