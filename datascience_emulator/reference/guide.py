"""The text of the reference page beside the tables: introduction, options, files, faults and limits.

Text and data only. Tests compare the lists here with the code.
"""

from datascience_emulator.faults.orders import Fault

INTRODUCTION = """\
# The emulator: reference

What the emulator does, operation by operation. [What it is, and how to start it and connect to it](README.md)
is a page of its own, and so is [testing with it](testing.md).

This page is written by the emulator itself, from the tables that it runs on and that its tests go through:
each behaviour below is shown by a test, and for each refusal a test sends the request. Sections such as
§3.3 are those of [How the service behaves](../service.md), which names the public sources. **Unverified**
means that no source says it outright, or that sources disagree: then it is a reading, and nobody has
compared it with OCI.

[Start it](#start-it) · [How much of it is there](#how-much-of-it-is-there) · [What it is
not](#what-it-is-not) · [What it does](#what-it-does) · [What it refuses](#what-it-refuses) · [What no
source says](#what-no-source-says) · [Faults on demand](#faults-on-demand) · [Operations](#operations)

## Start it

    $ datascience-emulator start
    running at http://127.0.0.1:PORT (pid …)
    OCI config file: …/.datascience-emulator/oci/config
    profile: DEFAULT (SESSION signs with a session token)
    compartment: ocid1.compartment.oc1..…
    $ datascience-emulator stop

`reconcile` starts one for the target `local`; `reconcile emulator start` has the same options.
"""
OPTIONS = {
    "--home DIR": "the folder of its state: new, empty, or made by an emulator. By default "
    "`.datascience-emulator` in the working directory; of `reconcile`, `.reconciler/emulator` beside "
    "reconciler.yaml",
    "--port N": "of 127.0.0.1; by default the one used last, else a free one",
    "--progression PACE": "how long asynchronous work takes beyond the real work: `immediate` (the default), "
    "`reads:N` (until a client has looked N times) or `seconds:T`",
    "--reading NAME=CHOICE": "another answer to one of the questions below; may be repeated",
    "--latency S": "every answer is S seconds late",
    "--fault SPEC": "a fault from the start; may be repeated",
    "--control": "opens the control API at `/emulator` (faults, progression, images) to local programs",
    "--servers AS": "what model servers run as: `local` processes of Triton, whatever the image (the "
    "default), or `docker` containers of the deployments' own images ([containers.md](containers.md))",
    "--ephemeral": "it begins anew, and keeps nothing at the end",
}
HOME = {
    "emulator.json": "while it runs: its endpoint, process and version",
    "oci/config": "for the SDK and the `oci` command: the profile DEFAULT signs with the key, SESSION with "
    "the token, which each start renews for 24 hours",
    "oci/key.pem": "the private key of its one user",
    "oci/token": "the session token",
    "oci/oauth.json": "id and secret of the client that may exchange tokens",
    "oci/registry.json": "name and password of the registry's user",
    "emulator-home": "says that the folder is a home: one that holds anything else is refused",
    "options.json": "how it was started last; when it has ended, `reconcile` starts it so again",
    "state.sqlite": "all documents; what was answered is in it, whenever the process dies",
    "artifacts": "contents of artifacts and objects, each once, by its SHA-256",
    "servers": "what the model servers serve, unpacked",
    "logs": "what the model servers write",
    "lock": "held by the process that runs: one emulator for a home",
    "start.lock": "held by whoever is starting it in the background",
}
FAULTS = {
    Fault.LIMIT_EXCEEDED: "the call is refused, with 400 LimitExceeded, as when the tenancy may have no more "
    "deployments, or has reached the `limit` of the order; nothing is done (§5.5)",
    Fault.QUOTA_EXCEEDED: "the call is refused, with 400 QuotaExceeded; nothing is done. "
    "The words are **unverified**",
    Fault.NOT_AUTHENTICATED: "the call is refused, with 401 NotAuthenticated, as when a session has ended; "
    "nothing is done",
    Fault.NOT_AUTHORIZED: "the call is refused, with 404 NotAuthorizedOrNotFound, as without a policy; "
    "nothing is done",
    Fault.CLOCK: "the call is refused, with 401 NotAuthenticated, as when the caller's clock is wrong; the "
    "date of the answer is `seconds` ahead",
    Fault.TOO_MANY_REQUESTS: "the call is refused, with 429 TooManyRequests; nothing is done",
    Fault.CONFLICT: "the call is refused, with 409 IncorrectState; nothing is done",
    Fault.INTERNAL_ERROR: "the call is refused, with 500 InternalServerError; nothing is done",
    Fault.UNAVAILABLE: "the call is refused, with 503 ServiceUnavailable; nothing is done",
    Fault.RESET_BEFORE: "the connection is reset, and nothing is done",
    Fault.RESET_AFTER: "all is done, and the connection is reset: the answer is lost",
    Fault.SLOW: "all is done, and answered `seconds` later",
    Fault.STUCK: "the work stays ACCEPTED until it is released, and can be cancelled",
    Fault.HOLD: "the work stays IN_PROGRESS until it is released",
    Fault.CAPACITY: "the work that starts model servers fails",
    Fault.BOOTSTRAP: "the same",
    Fault.DIGEST: "the same",
    Fault.TIMEOUT: "the same",
}
LIMITS = (
    "It has one tenancy, one user, one region, and no policies: whoever signs with its key may do "
    "everything. It listens on 127.0.0.1 alone.",
    "There are no quotas, and capacity never runs out; faults for that can be ordered. Service limits are so "
    "large that nobody reaches them, unless a test sets smaller ones.",
    "Without `--servers docker`, containers are not run. A deployment with `CONTAINER_TYPE=TRITON` gets a "
    "real `tritonserver` process for each instance, one version whatever the image; any other has documents "
    "and states, and answers 503. With it, [containers.md](containers.md) says what containers do not get.",
    "Compute shape, OCPUs and memory are checked and kept; servers that are processes get what the machine "
    "has. Autoscaling is kept, and never scales. Bandwidth is not throttled.",
    "There are no networks: subnets and private endpoints are documents, and so are compute targets.",
    "Its own registry holds names and digests of images, those that were added with the control API, and no "
    "layers. With `--servers docker` they count for nothing: the registry that an image is named after does.",
    "Signatures of artifacts are not made with a key of a vault; only the digest is real.",
    "Pages go forward: `opc-next-page` is sent, `opc-prev-page` never.",
    "Messages are the emulator's own, except for a few that are known from the service.",
)
