"""What a file is, by its first bytes: enough to say what stands in the place of a model.

Only what no model file of a backend of Triton begins with is told.
"""

import re

LOOKED_AT = 512
"""Bytes of the beginning that are looked at."""

LFS = b"version https://git-lfs.github.com/spec/"
_HTML = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head|body)\b", re.I)
_XML = re.compile(rb"(\xef\xbb\xbf)?\s*<\?xml\b")
_JSON = re.compile(rb"(\xef\xbb\xbf)?\s*(\{\s*[\"}]|\[\s*[\[{\"\]])")

_BEGINNINGS = (
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"BZh", "compressed by bzip2"),
    (b"\xfd7zXZ\x00", "compressed by xz"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, as of Keras"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"GGUF", "a GGUF file, as of llama.cpp"),
    (b"\x7fELF", "a program or library"),
    (b"%PDF", "a PDF"),
    (b"#!", "a script"),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_TAR = (257, b"ustar")

HTML, EMPTY, POINTER, JSON, XML, PICKLE = (
    "an HTML page",
    "empty",
    "a stand-in of Git LFS",
    "JSON",
    "XML",
    "a Python pickle",
)
ZIP = _BEGINNINGS[0][1]

ADVICE = {
    HTML: "A download that failed or asked to sign in leaves such a page: download the file again.",
    EMPTY: "Put the model in its place.",
    POINTER: "Run `git lfs pull` first.",
}


def kind_of(beginning: bytes) -> str:
    """What the file with this beginning is, in a few words; empty where that cannot be told. `beginning` are
    its first LOOKED_AT bytes, or all of them.
    """
    if not beginning:
        return EMPTY
    if beginning.startswith(LFS):
        return POINTER
    for pattern, kind in ((_HTML, HTML), (_XML, XML), (_JSON, JSON), (_PICKLE, PICKLE)):
        if pattern.match(beginning):
            return kind
    start, tar = _TAR
    if beginning[start:].startswith(tar):
        return "a tar archive"
    return next((kind for magic, kind in _BEGINNINGS if beginning.startswith(magic)), "")
