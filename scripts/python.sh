# shellcheck shell=bash
# Which Python make uses: sourced by scripts/setup, scripts/strangers and scripts/pythons, in the folder of the tree.
# Triton's Python backend needs numpy below 2, which has wheels for no Python above 3.12.

OURS=$PWD/.python # what uv brings, and uv itself where the machine has none
ABOUT='
import os, platform, sys, sysconfig
name = "%d.%d" % sys.version_info[:2]
lacks = []
try:
    import ensurepip, venv
except ImportError:
    lacks.append("python%s-venv" % name)
# Triton loads the interpreter as a shared library.
if (sys.platform, platform.machine()) == ("linux", "x86_64"):
    home, multiarch = sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("MULTIARCH") or ""
    folders = [home or "", sys.base_prefix + "/lib", "/usr/lib", "/usr/lib64", "/usr/local/lib"]
    folders += [folder + "/" + multiarch for folder in folders]
    library = "libpython%s.so.1.0" % name
    if not any(os.path.isfile(folder + "/" + library) for folder in folders):
        lacks.append("libpython%s" % name)
kind = "" if sys.implementation.name == "cpython" else sys.implementation.name + "-"
print(kind + platform.python_version(), *lacks)
'

say() { printf '%s\n' "$*" >&2; }

may_install() {
    # Whether Debian packages can be installed: there is apt-get, and we are root or may ask sudo.
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

install_debian() {
    # $@: packages. As root or through sudo; otherwise say what to do.
    if ! command -v apt-get >/dev/null; then
        say "error: this machine lacks $*; install the packages of your system that bring them"
        exit 1
    fi
    if ! may_install; then
        say "error: run as root: apt-get install $*"
        exit 1
    fi
    local as_root=env
    if [ "$(id -u)" != 0 ]; then as_root="sudo env"; fi
    say "installing Debian packages: $*"
    $as_root apt-get update -qq &&
        $as_root DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"
}

about() {
    # $1: an interpreter. Its version, and the Debian packages that it lacks; nothing where it does not run.
    "$1" -c "$ABOUT" 2>/dev/null </dev/null || true
}

places() {
    # $@: versions, such as 3.12. Interpreters under their usual names, one a line: first those of PATH.
    local version folder
    command -v python3 || true
    for version; do command -v "python$version" || true; done
    for version; do
        for folder in "$OURS/versions/cpython-$version".*/bin /usr/local/bin /usr/bin /opt/homebrew/bin \
            "/Library/Frameworks/Python.framework/Versions/$version/bin" \
            "${PYENV_ROOT:-${HOME:-}/.pyenv}/versions/$version".*/bin \
            "${UV_PYTHON_INSTALL_DIR:-${XDG_DATA_HOME:-${HOME:-}/.local/share}/uv/python}/cpython-$version".*/bin; do
            if [ -x "$folder/python$version" ]; then printf '%s\n' "$folder/python$version"; fi
        done
    done
}

fits() { case $1 in 3.11.* | 3.12.*) ;; *) return 1 ;; esac; }

completable() {
    # $1: an interpreter, $2: what it lacks. Whether nothing, or what Debian's packages for it bring.
    [ -z "$2" ] || case $(command -v apt-get >/dev/null && readlink -f "$1") in /usr/bin/*) ;; *) return 1 ;; esac
}

choose_python() {
    # $1: the Python that somebody chose, or nothing. Sets `python`, and `lacks` to the Debian packages to install.
    # Otherwise ends in one message.
    if [ -n "$1" ]; then
        take_named "$1"
    elif ! take_one_of "$(places 3.12 3.11)"; then
        if [ -z "$seen" ] && may_install; then
            install_debian python3 || exit 1
            take_one_of "$(places 3.12 3.11)" || bring_python
        else
            bring_python
        fi
    fi
}

take_named() {
    local version
    if ! command -v "$1" >/dev/null; then
        say "error: PYTHON=$1: there is no such program; name another, or leave PYTHON out, and one is looked for"
        exit 1
    fi
    read -r version lacks <<<"$(about "$1")"
    if [ -z "$version" ]; then
        say "error: PYTHON=$1: it does not run as Python 3; name another, or leave PYTHON out, and one is looked for"
        exit 1
    fi
    if ! fits "$version"; then
        say "error: PYTHON=$1: this is Python $version, and the local Triton server needs 3.12 or 3.11;" \
            "name another, or leave PYTHON out, and one is looked for"
        exit 1
    fi
    if ! completable "$1" "$lacks"; then
        say "error: PYTHON=$1: this Python $version was built without $lacks;" \
            "name another, or leave PYTHON out, and one is looked for"
        exit 1
    fi
    python=$1
}

take_one_of() {
    # $1: interpreters, one a line. The first that fits; of those that do not, `seen` tells why.
    local one version
    seen=
    while read -r one; do
        read -r version lacks <<<"$(about "$one")"
        if [[ -z $version || $seen == *" $one is "* ]]; then continue; fi
        if ! fits "$version"; then
            lacks=""
        elif completable "$one" "$lacks"; then
            # shellcheck disable=SC2034 # for who sources this
            python=$one
            return
        fi
        seen="$seen    $one is Python $version${lacks:+, without $lacks}"$'\n'
    done <<<"$1"
    return 1
}

bring_python() {
    # None is here: uv fetches one, into the tree. Its trouble becomes a line of the message.
    local told=$seen trouble=
    say "no Python 3.12 or 3.11 is here: fetching one with uv, into $OURS"
    if run_uv && take_one_of "$(ls "$OURS"/versions/cpython-3.12.*/bin/python3.12 2>/dev/null)"; then return; fi
    say "error: the local Triton server needs Python 3.12 or 3.11, and none is to be had here.
${told:-    No Python 3 was found.
}    uv: ${trouble:-what it fetched does not run}
    Do one of these, and run make again:
      install Python 3.12 or 3.11 from your system's packages, where it has one
      uv python install 3.12    (it needs GitHub, or a mirror that UV_PYTHON_INSTALL_MIRROR names)
      PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install 3.12
    One in an unusual place is named so: make ... PYTHON=/path/to/python3.12
    Without the local Triton, on Python 3.11 to 3.14: pip install oci-triton-reconciler"
    exit 1
}

run_uv() {
    local uv
    uv=$(command -v uv) || uv=$OURS/uv/bin/uv
    [ -x "$uv" ] || bring_uv || return 1
    told_by_uv=$(UV_PYTHON_INSTALL_DIR=$OURS/versions UV_CACHE_DIR=$OURS/cache UV_PYTHON_INSTALL_BIN=0 \
        UV_HTTP_RETRIES=${UV_HTTP_RETRIES:-1} UV_NO_PROGRESS=1 NO_COLOR=1 "$uv" python install 3.12 2>&1) && return
    trouble=$(in_a_line "$told_by_uv")
    return 1
}

bring_uv() {
    # uv is a program that PyPI has; any Python 3 can install it.
    local base version missing told_by_pip
    if ! base=$(command -v python3); then
        trouble="not here, and without a Python it cannot be installed"
        return 1
    fi
    read -r version missing <<<"$(about "$base")"
    if [[ $missing == *-venv* ]]; then
        if ! completable "$base" "$missing" || ! may_install; then
            trouble="not here; it takes Debian's ${missing%% *} to install it (as root: apt-get install ${missing%% *})"
            return 1
        fi
        install_debian "${missing%% *}" || exit 1
    fi
    told_by_pip=$({ "$base" -m venv "$OURS/uv" && "$OURS/uv/bin/python" -m pip install --quiet \
        --disable-pip-version-check "uv>=0.9"; } 2>&1) && return
    trouble="pip cannot install it: $(in_a_line "$told_by_pip")"
    return 1
}

in_a_line() {
    # $1: what a program said. Its first line, which says what failed, and its last one, which says why.
    local first last
    first=$(head -n 1 <<<"$1") last=$(tail -n 1 <<<"$1")
    first=${first#error: } last=${last#*cause: }
    if [ "$first" = "$last" ]; then printf '%s' "$first"; else printf '%s: %s' "$first" "$last"; fi
}
