"""Readings: choices where no source says what the service does, or where sources disagree.

Values only. Each question has a default, its first choice. That is the strict one, unless known clients of
the service would break on it. `datascience-emulator start --reading NAME=CHOICE` takes another.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, Self


def _question(question: str, source: str, *choices: str) -> Any:
    return field(default=choices[0], metadata={"question": question, "source": source, "choices": choices})


@dataclass(frozen=True, slots=True)
class Readings:
    """The choice taken for each question; `questions()` describes them."""

    update_groups: str = _question(
        "Which options of a serving deployment may change in one update: one option group at a time, or also "
        "model, environment and compute shape together?",
        "docs/service.md §3.2: the documentation, against the acceptance test of Oracle's Terraform provider",
        "strict",
        "documented",
    )
    list_filters: str = _question(
        "May a list of model deployments be filtered by more than one parameter beside compartmentId?",
        "docs/service.md §0.2: the SDK's text says no; Oracle's own clients send several",
        "many",
        "one",
    )
    created_status: str = _question(
        "The HTTP status of a successful create in Data Science.",
        "the SDK takes any 2xx; no source names it",
        "200",
        "202",
    )
    second_artifact: str = _question(
        "How a second artifact for the same model is refused: 409 Conflict or 400 InvalidParameter.",
        "artifacts are immutable (docs/service.md §1.3); no source names the code",
        "409",
        "400",
    )
    large_upload: str = _question(
        "What an artifact of more than 6 GB in one upload gets: it is refused, so that it has to come "
        "from a bucket, or it is accepted.",
        "docs/service.md §1.3: older documents of Oracle have that limit, a newer one says it was removed",
        "refused",
        "accepted",
    )
    metadata_keys: str = _question(
        "Which keys the defined metadata of a model may have: those that the documentation and oracle-ads "
        "name, in any case of letters, or any.",
        "docs/service.md §1.2: the SDK lists keys, oracle-ads and Oracle's Terraform tests spell them with "
        "capitals and know more; no source names the refusal",
        "known",
        "any",
    )
    metadata_entry: str = _question(
        "What an artifact for a metadata key that the model does not have gets: the entry is made, or 404.",
        "no source says; oracle-ads uploads such artifacts without an entry",
        "made",
        "refused",
    )
    version_set_names: str = _question(
        "Where the name of a model version set is unique: in its compartment, or in the tenancy.",
        "the SDK says that it must be unique, not where; oracle-ads looks one up by name and compartment",
        "compartment",
        "tenancy",
    )
    refused_update: str = _question(
        "How an update of a serving deployment is refused that changes option groups which may not change "
        "together: 400 InvalidParameter or 409 IncorrectState. What LIVE cannot change is always 400.",
        "docs/service.md §3.3; no source names the code",
        "400",
        "409",
    )
    omitted: str = _question(
        "What an update of a model deployment does to an optional field that it leaves out of an object that "
        "it sends.",
        "docs/service.md §3.4; no source says",
        "reset",
        "kept",
    )
    activating: str = _question(
        "The state of a deployment between activate and ACTIVE.",
        "docs/service.md §2.1; no source says",
        "UPDATING",
        "CREATING",
    )
    after_delete: str = _question(
        "What GET of a deleted resource answers: the resource with the state DELETED, or 404.",
        "docs/service.md §2.1; how long a deleted resource can be read is not documented",
        "tombstone",
        "gone",
    )
    unknown_compartment: str = _question(
        "What a list or a create in a compartment that does not exist answers: 404, or as if it existed.",
        "no source for this service; 404 NotAuthorizedOrNotFound is how other services of OCI answer",
        "refused",
        "accepted",
    )
    unknown_image: str = _question(
        "What becomes of a deployment whose image no registry is known to hold: a digest is made up, or the "
        "call is refused.",
        "docs/service.md §2.2: the service checks that a path to the image exists; without --servers docker "
        "the emulator knows only the images that were added to its registry",
        "accepted",
        "refused",
    )
    missing_image: str = _question(
        "With --servers docker: how a deployment fails whose image its registry does not have: the call is "
        "refused, or the work that it starts fails.",
        "docs/service.md §2.2: the service checks that a path to the image exists; no source says when the "
        "failure is seen",
        "call",
        "work",
    )
    triton_headers: str = _question(
        "How the request headers that name model and version are spelled: model_name, model-name, or either.",
        "Oracle's samples have underscores, oracle-ads has hyphens",
        "either",
        "underscores",
        "hyphens",
    )
    system_data: str = _question(
        "Which model deployments have modelDeploymentSystemData, with the number of instances that there "
        "are: those that scale by themselves, or all.",
        "docs/service.md §1.6: the acceptance tests of Oracle's Terraform provider, against the SDK, which "
        "makes no difference",
        "autoscaling",
        "all",
    )
    defined_category: str = _question(
        "What the category of an entry of defined metadata may be: any text, or nothing.",
        "docs/service.md §1.2: the acceptance tests of Oracle's Terraform provider send and read one; the "
        "SDK says that it should always be null",
        "any",
        "none",
    )

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Self:
        """From texts such as `list-filters=one`. Raises ValueError, which says what is allowed."""
        choices = {}
        for text in texts:
            name, _, choice = text.partition("=")
            choices[name.replace("-", "_")] = _checked(name, choice)
        return cls(**choices)


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    question: str
    source: str
    choices: tuple[str, ...]


def questions() -> tuple[Question, ...]:
    return tuple(Question(field.name.replace("_", "-"), **field.metadata) for field in fields(Readings))


def _checked(name: str, choice: str) -> str:
    known = {question.name: question.choices for question in questions()}
    if name not in known:
        raise ValueError(f"reading {name!r}: must be one of {', '.join(known)}")
    if choice not in known[name]:
        raise ValueError(f"reading {name}: must be one of {', '.join(known[name])}, is {choice!r}")
    return choice
