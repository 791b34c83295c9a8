"""A stand-in for GitHub's REST API, over real HTTP. It is not GitHub: it answers the few operations that the
reconciler XX
What it cannot prove, and what only GitHub itself can show:

- that GitHub answers as its documentation says; the words of its errors may change;
- what a job's token may do: here a token has the permissions that the state gives it;
- that an environment with reviewers makes a job wait, or `concurrency` keeps runs apart: runners do;
- which pull request GitHub finds for a commit: here `commit_pulls` says so;
- how long artifacts are kept, and how upload-artifact sends them: here a folder is the upload.

In a test's own process:

    with github() as hub:                      # hub.url, hub.token, hub.state, hub.asked
        hub.state["pulls"]["7"] = pull(7, head="a" * 40)

As a process, for programs that a test starts (its address is written to the file, once it answers):

    python -m tests.support.github --state DIR --port-file DIR/url

`DIR/state.json` holds the state. `new_state` makes one; it is read anew for every request and written after
it, so change it only while nobody asks. `DIR/asked.jsonl` has each request that came: method, path, query,
headers without the token, body.

Uploads: what lies at `DIR/artifacts/RUN/NAME/…` is served as an artifact NAME of the run RUN, a number.
`DIR/artifacts/RUN/run.json`, or the state's `runs[RUN]`, says of which commit the run is: `{"head_sha",
"head_branch", "head_repository_id"}`; without it, it is one of this repository's, at commit `"0" * 40`.
So a stand-in for actions/upload-artifact copies its `path` to `$DIR/artifacts/$GITHUB_RUN_ID/<name>/`, whole
before it is there under that name, and one for download-artifact copies it back. `uploads.upload` makes one
from Python.
"""

from tests.support.github.server import Hub, github
from tests.support.github.state import new_state, pull

__all__ = ["Hub", "github", "new_state", "pull"]
