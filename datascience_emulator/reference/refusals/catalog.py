"""The refusals of projects, models, version sets and model groups. Data only."""

from datascience_emulator.reference.refusals.kinds import (
    Refusal,
    conflict,
    gone,
    invalid,
    refused,
    state,
    unrelated,
)

MODELS: tuple[Refusal, ...] = (
    refused(
        "project-in-use",
        "Deleting a project that still holds something",
        "409 Conflict",
        "still holds",
        "§1.1",
        verified=False,
    ),
    state("project-going", "Changing a project that is DELETING", "§1.1"),
    unrelated("unknown-project", "A projectId that does not exist", "projectId"),
    invalid("long-metadata-value", "A metadata value of over 16,000 characters", "at most 16000", "§1.2"),
    invalid(
        "long-metadata-description", "A metadata description of over 255 characters", "at most 255", "§1.2"
    ),
    invalid("large-metadata", "Metadata of more than 32,000 bytes", "32000 bytes", "§1.2"),
    invalid("metadata-category", "An unknown category of custom metadata", "must be one of", "§1.2"),
    invalid(
        "defined-category",
        "A category of defined metadata, by the reading defined-category=none",
        "category: must be null",
        "§1.2",
    ),
    invalid("unknown-metadata-key", "A key that defined metadata do not have", "is no key of", "§1.2"),
    invalid("twin-metadata-keys", "Two entries of metadata with one key", "keys must be unique", "§1.2"),
    gone("no-provenance", "Reading a provenance that nobody wrote", "§1.2, §5.5"),
    conflict("second-provenance", "A second POST of a provenance", "a provenance already", "§1.2"),
    conflict("model-in-use", "Deleting a model that a deployment uses", "is used by", "§1.2"),
    conflict(
        "member-being-grouped", "Deleting a model while its model group is made", "is being made", "§1.5"
    ),
    conflict("model-of-new-group", "Deleting a model whose model group is CREATING", "is being made", "§1.5"),
    state("activate-active-model", "Activating a model that is active", "§1.2"),
    state("deactivate-inactive-model", "Deactivating a model that is inactive", "§1.2"),
    conflict(
        "same-version-set",
        "Sending the modelVersionSetId that a model has already",
        "already associated with the Model Version Set",
        "§1.2",
    ),
)
ARTIFACTS: tuple[Refusal, ...] = (
    gone("no-artifact", "Reading an artifact that nobody uploaded", "§1.3, §5.5"),
    conflict("second-artifact", "A second artifact for a model", "immutable", "§1.3"),
    refused(
        "artifact-without-length",
        "An upload without content-length",
        "411 LengthRequired",
        "length",
        "§1.3",
        verified=False,
    ),
    invalid("two-ranges", "Reading two ranges of an artifact at once", "range: one range", "§1.3"),
    refused(
        "range-outside",
        "Reading a range that the artifact does not have",
        "416 InvalidParameter",
        "lies outside",
        "§1.3",
        verified=False,
    ),
    refused(
        "artifact-too-large",
        "An artifact of more than 6 GB in one upload",
        "413 PayloadTooLarge",
        "in one upload",
        "§1.3",
        verified=False,
    ),
    conflict("export-to-filled", "Exporting to a model that has an artifact", "immutable", "§1.3"),
    gone("import-of-nothing", "Importing the artifact of a model without one", "§1.3", verified=False),
    invalid("other-region", "An export from another region", "there is only the region", "§1.3"),
    conflict("archive-not-there", "Restoring a model that is not archived", "not archived", "§1.3"),
    invalid("restore-hours", "Restoring for no whole number of hours", "whole number of hours", "§1.3"),
    conflict(
        "second-metadata-artifact", "A second POST of an artifact of metadata", "artifact already", "§1.2"
    ),
    gone("no-metadata-artifact", "Replacing an artifact of metadata that is not there", "§1.2, §5.5"),
    gone(
        "no-metadata-entry",
        "An artifact for a key without entry (reading metadata-entry=refused)",
        "§1.2",
        verified=False,
    ),
    invalid("sign-nothing", "Signing the artifact of a model without one", "has no artifact", "§1.3"),
    gone("sign-deleted", "Signing the artifact of a deleted model", "§1.3, §5.5", verified=False),
    invalid("signing-algorithm", "An unknown signing algorithm", "must be one of", "§1.3"),
    gone("signature-of-another", "A signature asked of another model than its own", "§1.3", verified=False),
    conflict("signature-in-use", "Deleting a signature that a deployment pins", "is pinned by", "§1.3"),
    state("signature-being-made", "Deleting a signature that is CREATING", "§1.3"),
    conflict("signing-under-way", "Deleting a model while it is being signed", "is being made", "§1.3"),
)
VERSION_SETS: tuple[Refusal, ...] = (
    conflict("version-set-name-taken", "A second version set of the same name", "is taken by", "§1.4"),
    conflict("version-set-in-use", "Deleting a version set that has models", "holds 1 models", "§1.4"),
    conflict(
        "version-set-serving", "Deleting a version set with a model that is deployed", "is used by", "§1.4"
    ),
    invalid(
        "version-set-flag",
        "isDeleteRelatedModels that is neither true nor false",
        "must be true or false",
        "§1.4",
    ),
    state("version-set-going", "Changing a version set that is DELETING", "§1.4"),
    unrelated("unknown-version-set", "A modelVersionSetId that does not exist", "modelVersionSetId", "§1.4"),
)
MODEL_GROUPS: tuple[Refusal, ...] = (
    invalid("too-many-members", "A model group of more than 500 members", "1 to 500", "§1.5"),
    invalid("long-inference-key", "An inference key of more than 32 characters", "at most 32", "§1.5"),
    invalid("twin-inference-keys", "Two members with one inference key", "keys must be unique", "§1.5"),
    invalid(
        "foreign-base-model", "A stacked model group whose base model is no member", "not a member", "§1.5"
    ),
    unrelated("unknown-member", "A member that does not exist", "modelId", "§1.5"),
    invalid("inactive-member", "A member that is inactive", "must be ACTIVE", "§1.5"),
    invalid("empty-member", "A member without an artifact", "has no artifact", "§1.5"),
    invalid("inactive-group", "Deploying a model group that is inactive", "is inactive", "§1.5"),
    state("group-being-made", "Changing a model group that is CREATING", "§1.5"),
    state("activate-active-group", "Activating a model group that is active", "§1.5"),
    conflict("group-in-use", "Deleting a model group that a deployment uses", "used by", "§1.5"),
    invalid(
        "artifact-of-heterogeneous",
        "An artifact for a model group that is not homogeneous",
        "HOMOGENEOUS",
        "§1.5",
    ),
    state("artifact-of-going-group", "An artifact for a model group that is DELETING", "§1.5"),
    conflict("second-group-artifact", "A second artifact for a model group", "immutable", "§1.5"),
    unrelated("clone-of-nothing", "A clone of a model group that does not exist", "sourceId", "§1.5"),
    invalid("clone-of-another-type", "A clone of another type than its source", "cannot be", "§1.5"),
    invalid("clone-without-stranger", "A clone without what was no member", "cannot be removed", "§1.5"),
    unrelated(
        "unknown-history", "A modelGroupVersionHistoryId that does not exist", "modelGroupVersion", "§1.5"
    ),
    conflict("history-name-taken", "A second version history of the same name", "already", "§1.5"),
    conflict("history-in-use", "Deleting a version history with model groups in it", "still holds", "§1.5"),
    state("history-going", "Changing a version history that is DELETING", "§1.5"),
    unrelated("unknown-latest", "A latestModelGroupId that does not exist", "latestModelGroupId", "§1.5"),
    invalid("foreign-latest", "A latestModelGroupId that is in no such history", "no version in", "§1.5"),
)
