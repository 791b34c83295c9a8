"""Small images for a real engine: nothing but Debian's busybox, and a server in shell that speaks as much of
Triton's protocol as a fleet needs, and of the service's own contract for containers.

A model answers the content of its file `mark.txt`, as it was when it was loaded, and what image it runs in.
Variables of the deployment make it fail: FAIL is its last word, SLOW how long it takes to be ready.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PORT = 8000
MOUNT = "/opt/ds/model/deployed_model"
DOCKERFILE = """\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
COPY serve handle /opt/
ENV IMAGE={version}
{more}
ENTRYPOINT ["/bin/sh", "/opt/serve"]
CMD ["as", "built"]
"""
SERVE = f"""\
echo "serve: $*"
if [ -n "$FAIL" ]; then echo "$FAIL" >&2; exit 3; fi
trap 'exit 0' TERM
mkdir /loaded
for mark in {MOUNT}/*/1/mark.txt; do
    model="${{mark%/1/mark.txt}}"
    if [ -e "$mark" ]; then cp "$mark" "/loaded/${{model##*/}}"; fi
done
sleep "${{SLOW:-0}}"
nc -llllllllllllllll -p {PORT} -e /bin/sh /opt/handle &
wait
"""
HANDLE = f"""\
read -r method path version
length=0
while read -r name value; do
    value="${{value%?}}"
    case "$name" in
        [Cc]ontent-[Ll]ength:) length="$value" ;;
        ?) break ;;
    esac
done
if [ "$length" -gt 0 ]; then head -c "$length" >/dev/null; fi
status=200 type=application/json body='{{}}'
model="${{path#/v2/*models/}}"
model="${{model%%/*}}"
case "$path" in
    /v2/health/ready | /health | */config) ;;
    */load) cp "{MOUNT}/$model/1/mark.txt" "/loaded/$model" || status=400 ;;
    */unload) rm "/loaded/$model" || status=400 ;;
    */infer)
        sleep 0.05
        mark="$(cat "/loaded/$model")" || status=404
        body="{{\\"mark\\": $mark, \\"image\\": \\"$IMAGE\\"}}"
        ;;
    */generate_stream) type=text/event-stream body="$(printf 'data: {{}}\\n\\ndata: {{}}\\n\\n')" ;;
    /predict) type=text/plain body="$(env; touch {MOUNT}/x 2>&1)" ;;
    *) status=404 ;;
esac
printf 'HTTP/1.1 %s X\\r\\ncontent-type: %s\\r\\nconnection: close\\r\\n\\r\\n%s' "$status" "$type" "$body"
"""
NEEDED = "busybox"


@dataclass(frozen=True, slots=True)
class Pushed:
    """An image in a registry."""

    repository: str
    tag: str
    digest: str

    @property
    def name(self) -> str:
        return f"{self.repository}:{self.tag}"


def why_no_tiny_image() -> str:
    return "" if shutil.which(NEEDED) else "scripts/images installs what is missing: busybox-static"


def push(
    engine: Any, registry: Any, folder: Path, version: str, more: str = "", platform: str | None = None
) -> Pushed:
    """Build it by the engine, a client of the package `docker`, and push it to the registry. The engine does
    not have it any more then.
    """
    repository = f"{registry.host}/ocean/tiny"
    name = f"{repository}:{version}"
    folder.mkdir()
    shutil.copy(str(shutil.which(NEEDED)), folder / "busybox")
    (folder / "serve").write_text(SERVE)
    (folder / "handle").write_text(HANDLE)
    (folder / "Dockerfile").write_text(DOCKERFILE.format(version=version, more=more))
    engine.images.build(path=str(folder), tag=name, rm=True, platform=platform)
    lines = list(engine.api.push(repository, version, stream=True, decode=True, auth_config=registry.auth))
    found = re.search(r"digest: (sha256:[0-9a-f]{64})", str(lines))
    assert found, lines
    engine.images.remove(name, force=True)
    return Pushed(repository, version, found[1])
