#!/bin/bash
# Runs in the composed image: every library that the server needs is found, as far as it was in the full image.
# Its folder has what was found out there.
set -eu
here=$(dirname "$0")
ldconfig -X # only the cache: no links are made beside libraries
find /opt/tritonserver -type f \( -name '*.so' -o -name '*.so.*' -o -perm -u+x \) -print0 |
    xargs -0 -r ldd 2>&1 |
    awk '/not found/ { if ($2 == "=>") print $1; else { sub(/^[^`]*: /, ""); print } }' |
    sort -u | grep -vxFf "$here/not-found" >/tmp/missing || true
if [ -s /tmp/missing ]; then
    echo "the base cannot run what was taken out of the full image: it lacks" >&2
    head -n 20 /tmp/missing >&2
    echo "take a base with the same release of the same distribution as the full image" >&2
    exit 65
fi
rm /tmp/missing
