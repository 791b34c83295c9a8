#!/bin/bash
# Runs in the base. Puts into /lacking what of /taken (see take.sh) the base lacks, at the places where the
# composed image has it. Its arguments are folders in which libraries are looked for besides.
set -eu
libraries=/opt/tritonserver/libraries
composed=/opt/tritonserver/composed
mkdir -p /lacking/$libraries /lacking/$composed /lacking/etc/ld.so.conf.d
cd /taken

ldconfig -X
ldconfig -p | awk '{ print $1 }' | sort -u >known

# Does the loader of the base find a library of this name?
has_library() {
    ! grep -qxF -- "$1" known || return 0
    IFS=: read -r -a searched <<<"${LD_LIBRARY_PATH:-}"
    for folder in "${searched[@]}"; do
        [ ! -e "$folder/$1" ] || return 0
    done
    return 1
}

while read -r name path; do
    if has_library "$name"; then continue; fi
    if [ -e "$path" ]; then
        ln -s "$path" "/lacking/$libraries/$name" # it is there, where the loader does not look
    else
        mv "libraries/$name" "/lacking/$libraries/$name"
    fi
    echo "$name $path" >>"/lacking/$composed/libraries"
done <origins

while IFS= read -r path; do
    if [ ! -e "$path" ] && [ ! -L "$path" ]; then printf '%s\n' ".$path"; fi
done <units >lacking
tar --create --directory files --verbatim-files-from --files-from lacking |
    tar --extract --directory /lacking --preserve-permissions --no-same-owner

if [ ! -e /opt/nvidia/nvidia_entrypoint.sh ] && [ ! -e /lacking/opt/nvidia/nvidia_entrypoint.sh ]; then
    mkdir -p /lacking/opt/nvidia
    printf '#!/bin/sh\nexec "$@"\n' >/lacking/opt/nvidia/nvidia_entrypoint.sh
    chmod 755 /lacking/opt/nvidia/nvidia_entrypoint.sh
fi
printf '%s\n' "$libraries" "$@" >/lacking/etc/ld.so.conf.d/zz-tritonserver.conf
cp not-found /composing/check.sh "/lacking/$composed/"
