"""Rules on instance groups (core, model_config_utils.cc, NormalizeInstanceGroup and ValidateInstanceGroup).

Whether the machine has a GPU that a group names, is not judged here.
"""

import re
from collections.abc import Iterator
from typing import Any

from reconciler.core.model.findings import Severity
from reconciler.triton.config.protobuf import protobuf
from reconciler.triton.repository_model import ENSEMBLE, RepositoryModel
from reconciler.triton.rules.fields.tensors import of_tensorrt
from reconciler.triton.rules.reading.tensor_list import quoted
from reconciler.triton.rules.rule import Fault, Repository, Rule

GROUPS = "instance_group"
WITHOUT_GPUS = ("KIND_CPU", "KIND_MODEL")
_NUMBER = re.compile(r"\s*\+?\d")


def _groups(model: RepositoryModel) -> Iterator[tuple[int, Any, str]]:
    """Each group with its index and the name of its kind; empty where Triton does not know it."""
    kinds = protobuf().ModelInstanceGroup.Kind.DESCRIPTOR.values_by_number
    for index, group in enumerate(model.message.instance_group if model.backend != ENSEMBLE else ()):
        yield index, group, kinds[group.kind].name if group.kind in kinds else ""


def _gpus(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for index, group, kind in _groups(model):
        field = (GROUPS, index, "gpus")
        if kind in WITHOUT_GPUS and group.gpus:
            yield Fault(f"an instance_group of {kind} names gpus", "Take `gpus` out, or use KIND_GPU.", field)
        elif negative := [number for number in group.gpus if number < 0]:
            what = f"an instance_group names the GPU {negative[0]}"
            yield Fault(what, "GPUs are counted from 0. Leave `gpus` out to use all of them.", field)


def _negative_count(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for index, group, _kind in _groups(model):
        if group.count < 0:
            what = f"an instance_group has a count of {group.count}, and Triton makes as many as it likes"
            yield Fault(what, "Write 1 or more.", (GROUPS, index, "count"), severity=Severity.WARNING)


def _profiles(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for index, group, _kind in _groups(model):
        field = (GROUPS, index, "profile")
        bad = [profile for profile in group.profile if not _NUMBER.match(profile)]
        if group.profile and not of_tensorrt(model):
            what = "an instance_group names a profile, which is for models of TensorRT alone"
            yield Fault(what, "Take `profile` out.", field)
        elif bad:
            what = f"an instance_group names the profile {quoted(bad[0])}"
            yield Fault(what, 'Write the number of a profile, as in "0".', field)


def _all_passive(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    groups = list(_groups(model))
    if groups and all(group.passive for _, group, _ in groups):
        what = "every instance_group is passive, so no request is answered"
        yield Fault(what, "Add one that is not.", (GROUPS, 0, "passive"), severity=Severity.WARNING)


def _resources(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    """Without a rate limit, which the command of the server sets, resources are not looked at."""
    found: dict[str, set[bool]] = {}
    for index, group, _kind in _groups(model):
        for resource in group.rate_limiter.resources:
            found.setdefault(resource.name, set()).add(getattr(resource, "global"))
            if len(found[resource.name]) > 1:
                what = (
                    f"the resource {quoted(resource.name)} is global in one place and of a device in another"
                )
                advice = "A server with --rate-limit=execution_count refuses it. Use two names."
                field = (GROUPS, index, "rate_limiter", "resources")
                yield Fault(what, advice, field, severity=Severity.WARNING)


_SOURCE = "core, model_config_utils.cc, ValidateInstanceGroup"
RULES = (
    Rule("gpus-of-instances", _SOURCE, _gpus),
    Rule("count-of-instances", "core, model_config_utils.cc, NormalizeInstanceGroup", _negative_count),
    Rule("profile-of-instances", _SOURCE, _profiles),
    Rule(
        "passive-instances", "core, backend_model.cc, TritonModel::RegisterBackgroundInstance", _all_passive
    ),
    Rule("resource-of-two-kinds", "core, rate_limiter.cc, ResourceManager::ValidateMaxResources", _resources),
)
