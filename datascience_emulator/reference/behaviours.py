"""The behaviours of the emulator that clients can see, each with the source that says the service has it.

Data only, for the documentation and for the tests: at least one test names each entry and shows it. Sections
are those of docs/service.md, which names the public sources. Refusals have a table of their own (`refusals`),
and so do the questions that no source answers (`readings`).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`verified`: a source says it outright, or it was measured. Otherwise it is the emulator's reading."""

    id: str
    what: str
    source: str
    verified: bool = True


_WIRE = (
    Behaviour("bare-arrays", "Lists are bare arrays of at most `limit` items.", "§1.7, §5.2"),
    Behaviour("default-page", "Without `limit`, a page has 50 items.", "§5.5", False),
    Behaviour(
        "pages", "`opc-next-page` is there while there is more, and then each item comes once.", "§5.5"
    ),
    Behaviour(
        "sorting", "timeCreated sorts newest first, names A to Z, unless the call says otherwise.", "§5.5"
    ),
    Behaviour(
        "request-id", "`opc-request-id`: the caller's part, then two of the emulator's.", "§5.5", False
    ),
    Behaviour("etag-moves", "Every change moves the etag, also one of the state alone.", "§5.5", False),
    Behaviour("if-match", "With `if-match`, only what has that etag changes.", "§5.5"),
    Behaviour("retry-token", "The same retry token and body: the same answer, made once.", "§5.5"),
    Behaviour("no-nulls", "A field that is not set is absent, never null.", "§1.6"),
    Behaviour(
        "unset-values",
        "An empty value for a field that is not set, or a 0 that can mean nothing else, says nothing: "
        "nothing changes by it.",
        "§3.4",
        False,
    ),
    Behaviour("tags-there", "Tags are always there, as empty maps where none were given.", "§8"),
    Behaviour("empty-filters", "A filter that comes empty filters nothing.", "§5.5"),
    Behaviour("floats", "ocpus, memoryInGBs and percentComplete are floats.", "§1.6, §2.2"),
    Behaviour("date", "Every answer has its date.", "§5.5"),
    Behaviour("times", "Times are RFC 3339, in UTC, with milliseconds.", "§5.5"),
    Behaviour("unknown-fields", "Unknown fields of a body are ignored.", "§5.8", False),
    Behaviour("maps-replaced", "Tags and variables are maps, and replaced whole.", "§3.4"),
    Behaviour("generated-names", "Without displayName: one made of the kind and the time.", "§1.6"),
    Behaviour("streamed-unhashed", "Uploads are signed without their body.", "§5.4"),
    Behaviour("session-tokens", "Session tokens (`ST$`) sign in until they expire.", "§6"),
    Behaviour("token-exchange", "A JWT of another issuer is exchanged for a session token.", "§6"),
)
_CATALOG = (
    Behaviour("model-at-once", "Models are made and deleted in the call, without states in between.", "§1.2"),
    Behaviour("list-of-models", "A list of models has no description, metadata or schemas.", "§1.2"),
    Behaviour("provenance", "A provenance is made once (POST), then updated (PUT).", "§1.2"),
    Behaviour(
        "settings",
        "Settings for retention and backup are kept; what they ask for stays PENDING.",
        "§1.2",
        False,
    ),
    Behaviour(
        "artifact-headers", "HEAD of an artifact answers with its size, MD5, etag, name and time.", "§1.3"
    ),
    Behaviour("artifact-ranges", "GET of an artifact takes one range.", "§1.3"),
    Behaviour("artifact-name", "Without content-disposition it is named after the model's OCID.", "§1.3"),
    Behaviour("export", "exportArtifact brings an object of a bucket into the catalog.", "§1.3"),
    Behaviour("import", "importArtifact brings an artifact from the catalog into a bucket.", "§1.3"),
    Behaviour("transfer-fails", "An object that is not there fails the work, not the call.", "§1.3", False),
    Behaviour(
        "by-reference", "A model may refer to objects of a bucket; no server runs for it.", "§1.3", False
    ),
    Behaviour(
        "metadata-artifacts", "Each entry of metadata may have an artifact: hasArtifact says so.", "§1.2"
    ),
    Behaviour("metadata-entry", "An artifact for a key without entry makes the entry.", "§1.2", False),
    Behaviour("signatures", "A signature has the artifact's digest, once it is ACTIVE.", "§1.3"),
    Behaviour("verifying", "Verifying a signature is work, which ends SUCCEEDED.", "§1.3"),
    Behaviour("versions", "Models in a version set are numbered; no number comes twice.", "§1.4", False),
    Behaviour("version-set-models", "isDeleteRelatedModels deletes a set's models with it.", "§1.4"),
    Behaviour(
        "version-set-cancelled",
        "Its models are deleted when the work ends, and stay if it is cancelled.",
        "§1.4",
        False,
    ),
    Behaviour(
        "version-set-moved",
        "changeCompartment of a version set opens a work request.",
        "SDK composite operations",
    ),
)
_MODEL_GROUPS = (
    Behaviour("group-async", "A model group is CREATING, then ACTIVE, by a work request.", "§1.5"),
    Behaviour("group-members", "The members of a model group never change.", "§1.5"),
    Behaviour("group-artifact", "A homogeneous model group takes its artifact while it is CREATING.", "§1.5"),
    Behaviour("group-mounted", "Members lie in folders of their inference keys.", "§1.5", False),
    Behaviour("group-clones", "A clone is a copy of its source, as modified and patched.", "§1.5", False),
    Behaviour(
        "group-histories",
        "Model groups in a version history are numbered; it names its latest.",
        "§1.5",
        False,
    ),
    Behaviour("group-zdt", "An update to another model group by ZDT: new servers take over.", "§3.3"),
    Behaviour(
        "group-live",
        "An update to another model group by LIVE: the running servers change their models.",
        "§3.3",
    ),
    Behaviour("live-any", "LIVE is taken for model groups that are not STACKED, too.", "§3.2", False),
    Behaviour("model-states", "modelState says of each member whether it serves.", "§1.5"),
)
_DEPLOYMENTS = (
    Behaviour("created", "create answers with the resource CREATING, etag, location, work request.", "§1.6"),
    Behaviour("full-list", "A list has everything but lifecycleDetails.", "§1.7"),
    Behaviour(
        "digest-filled", "An image without digest gets that of its tag, when the work ends.", "§1.6", False
    ),
    Behaviour("moved-tag", "A tag is looked up again when an update names no digest.", "§4.1", False),
    Behaviour(
        "unknown-images",
        "An image that the registry does not know gets a made-up digest.",
        "§1.6, §2.2",
        False,
    ),
    Behaviour("updated", "update answers 202 without body and etag, with a work request.", "§5.2"),
    Behaviour("unchanged-update", "An update that changes nothing ends SUCCEEDED.", "§2.1", False),
    Behaviour(
        "same-fields",
        "Only fields that differ count as changed; to state a default is no change.",
        "§3.3",
        False,
    ),
    Behaviour("meta-with-all", "Name and tags change together with any one option group.", "§3.3", False),
    Behaviour("no-restart", "Name, tags, logs and bandwidth restart no server.", "§3.3", False),
    Behaviour("inactive-edit", "INACTIVE: everything may change at once.", "§2.1"),
    Behaviour("at-activation", "What changed while INACTIVE takes effect at activate.", "§2.1"),
    Behaviour("zero-downtime", "New servers take over once they are ready: no request fails.", "§3.1"),
    Behaviour("drained", "Servers that are replaced finish what they have.", "§3.1", False),
    Behaviour("failed-update", "A failed update: NEEDS_ATTENTION; the old servers serve on.", "§2.1", False),
    Behaviour(
        "failed-shown", "After a failed update, GET shows the configuration that serves.", "§2.1", False
    ),
    Behaviour("attention-ends", "NEEDS_ATTENTION can be deactivated and deleted.", "§2.1", False),
    Behaviour("deactivating", "While it is deactivated: UPDATING.", "§2.1", False),
    Behaviour("failed-create", "A failed create: FAILED, and nothing serves.", "§2.1"),
    Behaviour("same-url", "After deactivate and activate, the URL is the same and serves.", "§2.1"),
    Behaviour(
        "instance-count",
        "currentInstanceCount is the servers that serve; those that scale by themselves have it.",
        "§1.6",
    ),
    Behaviour(
        "other-containers",
        "Only CONTAINER_TYPE=TRITON starts servers that are local processes.",
        "the emulator's limit",
    ),
    Behaviour(
        "flex", "SINGLE_MODEL_FLEX has documents and states; nothing serves it.", "the emulator's limit"
    ),
    Behaviour("tombstones", "Deleted resources are still read and listed, as DELETED.", "§2.1", False),
    Behaviour("moved", "changeCompartment is done in the call, without a work request.", "§5.2", False),
)
_CONTAINERS = (
    Behaviour("docker-servers", "Each instance is a container of the image, by its digest.", "§4.1"),
    Behaviour(
        "docker-contract",
        "It gets the artifact, read-only, the variables of deployment and service, and its command; without "
        "CONTAINER_TYPE=TRITON it is asked at /predict and /health.",
        "§4.1, §4.2",
    ),
    Behaviour("docker-logs", "What it prints is in the predict log, with the time.", "§4.6"),
    Behaviour("docker-replaced", "One that dies is replaced, and no state changes.", "§2.1", False),
    Behaviour("docker-live", "LIVE changes the models of the container that runs.", "§3.3", False),
    Behaviour(
        "docker-failures",
        "One that exits at the start, cannot be started, is not for the processors of the shape or too large "
        "fails the work, with the reason.",
        "§2.2, §4.1",
        False,
    ),
    Behaviour(
        "docker-missing",
        "An image that its registry does not have, or not for us, is refused.",
        "§2.2",
        False,
    ),
)
_WORK = (
    Behaviour("work-steps", "The steps of a create have the service's words and pace.", "§2.2"),
    Behaviour(
        "work-steps-alike",
        "Activate, and updates that start servers, take those of a create; other updates 1, deactivate and "
        "delete 2.",
        "§2.2",
        False,
    ),
    Behaviour("work-resources", "Work names its resource: IN_PROGRESS, then what was done.", "§2.2"),
    Behaviour(
        "work-entities",
        "The resource's entityType is the word that Terraform's provider looks for; of a transfer it is a "
        "model-artifact that is CREATED.",
        "§2.2",
    ),
    Behaviour("work-story", "Work has a log, and GET answers with retry-after.", "§2.2"),
    Behaviour("work-failed", "Failed work has errors; the last one ends its log too.", "§2.2"),
    Behaviour(
        "bootstrap-text",
        "A server that does not start: the service's words, then the reason.",
        "§2.2",
        False,
    ),
    Behaviour(
        "failure-texts", "No capacity, timeout, bootstrap (as ordered faults): the service's words.", "§2.2"
    ),
    Behaviour(
        "digest-text", "A digest that is not found (as an ordered fault) fails the work.", "§2.2", False
    ),
    Behaviour("cancelled", "Work that has not started can be cancelled: nothing changes.", "§2.2"),
    Behaviour("cancelled-create", "A create that is cancelled leaves a FAILED deployment.", "§2.2", False),
)
_PREDICT = (
    Behaviour("triton-headers", "Two request headers name the model and the version.", "§4.3"),
    Behaviour("header-spelling", "`model_name` and `model-name` mean the same.", "§4.3", False),
    Behaviour("no-model-named", "Triton without these headers: 400, with what to send.", "§4.3", False),
    Behaviour("fixed-endpoint", "MODEL_DEPLOY_PREDICT_ENDPOINT takes every request.", "§4.2, §4.3"),
    Behaviour("servers-own-errors", "What the server answers passes through, errors too.", "§4.6"),
    Behaviour("streaming", "predictWithResponseStream passes events on as they come.", "§4.6"),
    Behaviour(
        "custom-endpoints", "Declared endpoints lie below /predict, without it for the server.", "§4.4"
    ),
    Behaviour("logs", "Logging Search finds the access and predict logs that are attached.", "§4.6"),
    Behaviour("metrics", "Requests, answers and latencies: oci_datascience_modeldeploy.", "§4.6"),
)
_OTHER_SERVICES = (
    Behaviour("object-conditions", "if-match and if-none-match decide, also between many at once.", "§9"),
    Behaviour("object-ranges", "GET of an object takes one range.", "§9"),
    Behaviour("object-folders", "A delimiter makes folders of names; pages go on at nextStartWith.", "§9"),
    Behaviour("multipart", "Parts come in any order and become one object when committed.", "§9"),
    Behaviour("registry-token", "A signed request gets a token for the registry.", "§7"),
    Behaviour("tag-to-digest", "HEAD of a tag's manifest answers with its digest.", "§7", False),
    Behaviour("image-by-uri", "A look-up by URI finds an image and its digest.", "§7"),
    Behaviour("search", "Resource search takes the queries that oracle-ads sends.", "§8"),
    Behaviour("search-at-once", "What changes is found at once: there is no index.", "§8", False),
    Behaviour("log-groups", "Log groups hold logs; creates answer 202, and are done at once.", "§10", False),
    Behaviour("service-limits", "Limits of deployments and shapes: how large, used, and left.", "§10", False),
    Behaviour("limits-hold", "A create beyond a limit that was set is refused.", "§5.5"),
    Behaviour("identity", "Tenancy, user, regions and domains, as clients ask at start.", "Identity API"),
)
BY_SUBJECT: dict[str, tuple[Behaviour, ...]] = {
    "The wire": _WIRE,
    "The model catalog": _CATALOG,
    "Model groups": _MODEL_GROUPS,
    "Model deployments": _DEPLOYMENTS,
    "Containers as servers (`--servers docker`)": _CONTAINERS,
    "Work requests": _WORK,
    "Predict": _PREDICT,
    "Other services": _OTHER_SERVICES,
}
BEHAVIOURS = tuple(behaviour for group in BY_SUBJECT.values() for behaviour in group)
