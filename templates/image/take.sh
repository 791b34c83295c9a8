#!/bin/bash
# Runs in the full image. Puts into /taken what the chosen parts of the server need of the rest of it:
#   libraries/NAME  each shared library outside of them, by the name under which it is opened
#   origins         "NAME PATH" a line: where it was
#   files/PATH      what else is taken: Python, curl, the entry point, licences, caches
#   units           what of `files` is taken as a whole, or not at all: a path a line
#   not-found       libraries that the full image lacks itself, such as those of a driver
#
# take.sh "backends/onnxruntime repoagents/checksum" python|"" "libcudnn* libdcgm*"
set -eu
folders=$1 python=$2 families=$3
server=/opt/tritonserver
mkdir -p /taken/libraries /taken/files
cd /taken
: >units
: >python-folders

fail() {
    echo "$1" >&2
    exit 64
}

# What is there of these paths becomes units. Folders are named without links, as COPY wants them.
units() {
    for path; do
        if [ -e "$path" ] || [ -L "$path" ]; then
            printf '%s/%s\n' "$(realpath "${path%/*}")" "${path##*/}" >>units
        fi
    done
}

check_parts() {
    [ -e "$server/bin/tritonserver" ] || fail "the full image has no $server/bin/tritonserver"
    for folder in $folders; do
        [ -d "$server/$folder" ] && continue
        kind=${folder%%/*}
        there=$(ls "$server/$kind" 2>/dev/null | tr "\n" " ")
        fail "the full image has no $folder: there is ${there:-nothing}"
    done
}

# A backend that is made of a model.py is run by the backend for Python.
runs_python() {
    for folder in $folders; do
        [ ! -e "$server/$folder/model.py" ] || return 0
    done
    return 1
}

take_python() {
    interpreter=$(command -v python3) || fail "a backend needs Python, and the full image has no python3"
    "$interpreter" -Es - python-folders units <<'PYTHON'
import os
import sys
import sysconfig

names = [sys.executable, os.path.realpath(sys.executable)]
if sys.prefix != sys.base_prefix:
    names.append(sys.prefix)
sites = {os.path.realpath(folder) for folder in sys.path if folder.endswith("-packages") and os.path.isdir(folder)}
libraries = {os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
for library in libraries:
    for folder, below, files in os.walk(library):
        below[:] = [name for name in below if os.path.join(folder, name) not in sites]
        names += [os.path.join(folder, name) for name in files]
for site in sites:
    names += [os.path.join(site, name) for name in os.listdir(site)]
with open(sys.argv[1], "w") as file:
    file.writelines(f"{folder}/\n" for folder in sorted(sites | libraries))
with open(sys.argv[2], "a") as file:
    for name in names:
        folder, own = os.path.split(name)
        file.write(f"{os.path.realpath(folder)}/{own}\n")
PYTHON
    [ ! -d "$server/backends/python" ] || units "$server/backends/python"
}

# Every file at or below these paths, NUL between, that may need shared libraries; so is the output.
binaries() {
    xargs -0 -r -I{} find {} -type f \( -name '*.so' -o -name '*.so.*' -o -perm -u+x \) -print0
}

# "NAME PATH" of the libraries that the files on stdin need; "NAME not" where there is none.
needed() {
    xargs -0 -r ldd 2>/dev/null | awk '$2 == "=>" && ($3 ~ /^\// || $3 == "not") { print $1, $3 }' | sort -u
}

# Is this path below one that is copied anyway?
comes_along() {
    case $1 in "$server"/bin/* | "$server"/lib/*) return 0 ;; esac
    for folder in $folders; do
        case $1 in "$server/$folder"/*) return 0 ;; esac
    done
    while read -r folder; do
        case $1 in "$folder"*) return 0 ;; esac
    done <python-folders
    return 1
}

# Take the libraries of "NAME PATH" lines on stdin.
take_libraries() {
    while read -r name path; do
        [ "$path" != not ] || { echo "$name" >>not-found; continue; }
        path=$(realpath --no-symlinks "$path") # a library may look for others in ../../lib
        if comes_along "$path" || [ -e "libraries/$name" ]; then continue; fi
        cp -L "$path" "libraries/$name"
        echo "$name $path" >>origins
    done
}

# The other members of the families that a library was taken of: they open one another by name.
relatives() {
    while read -r name path; do
        for family in $families; do
            # shellcheck disable=SC2254 # a pattern is meant
            case $name in
            $family) find "${path%/*}" -maxdepth 1 -name "$family" -regex '.*\.so\.[0-9]+' ;;
            esac
        done
    done <origins | sort -u
}

check_parts
if [ -n "$python" ] || runs_python; then take_python; fi
for path in "$server"/*; do [ ! -f "$path" ] || units "$path"; done
units "$server"/caches/* /opt/nvidia/nvidia_entrypoint.sh /opt/nvidia/entrypoint.d/*
if curl=$(command -v curl); then units "$(realpath "$curl")"; fi
sed 's,^/,,' units | tar --create --directory / --verbatim-files-from --files-from - |
    tar --extract --directory files --preserve-permissions

: >origins
: >not-found
{
    printf '%s\0' "$server/bin" "$server/lib"
    for folder in $folders; do printf '%s\0' "$server/$folder"; done
    tr '\n' '\0' <units
} | binaries | needed >first
take_libraries <first
relatives >second
while read -r path; do echo "${path##*/} $path"; done <second | take_libraries
tr '\n' '\0' <second | needed | take_libraries
sort -u not-found -o not-found
echo "taken: $(wc -l <origins) libraries, $(wc -l <units) other files and folders"
