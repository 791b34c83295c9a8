"""Private keys and credentials are not packed; text that only mentions them is."""

import base64
import json
import os
import re
import secrets
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from reconciler.core.model.errors import InvalidManifests
from reconciler.manifests.loading import load_manifests
from tests.support.certificates import authority
from tests.support.manifests import SMALL
from tests.support.model_contents import ONNX

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
PEM, DER = forms.Encoding.PEM, forms.Encoding.DER
PKCS8, OLD, SSH = (
    forms.PrivateFormat.PKCS8,
    forms.PrivateFormat.TraditionalOpenSSL,
    forms.PrivateFormat.OpenSSH,
)
OPEN, LOCKED = forms.NoEncryption(), forms.BestAvailableEncryption(b"password")


def letters(count: int) -> str:
    return "aB3dE5gH7jK9" + secrets.token_hex(count)[: count - 12]


KEY = RSA.private_bytes(PEM, PKCS8, OPEN)
BASE64 = base64.b64encode(os.urandom(40)).decode()
PGP = f"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n{BASE64}\n"
FINGERPRINT = ":".join(["a1"] * 16)

REFUSED: dict[str, tuple[str, bytes | str, str, int]] = {
    "PKCS#8": ("key.pem", KEY, "a private key", 1),
    "PKCS#1": ("oci_api_key.pem", RSA.private_bytes(PEM, OLD, OPEN), "a private key", 1),
    "encrypted": ("key.pem", RSA.private_bytes(PEM, PKCS8, LOCKED), "a private key", 1),
    "encrypted in the old way": ("key.pem", RSA.private_bytes(PEM, OLD, LOCKED), "a private key", 1),
    "EC": ("key.pem", EC.private_bytes(PEM, OLD, OPEN), "a private key", 1),
    "Ed25519": ("key.pem", ED.private_bytes(PEM, PKCS8, OPEN), "a private key", 1),
    "OpenSSH": ("id_ed25519", ED.private_bytes(PEM, SSH, OPEN), "a private key", 1),
    "after its certificate": ("server.pem", authority() + KEY, "a private key", authority().count(b"\n") + 1),
    "with other ends of lines": ("key.pem", KEY.replace(b"\n", b"\r\n"), "a private key", 1),
    "in UTF-16": ("key.txt", KEY.decode().encode("utf-16"), "a private key", 1),
    "in UTF-16 after other text": ("key.txt", f"ä日\nb\n{KEY.decode()}".encode("utf-16"), "a private key", 3),
    "in UTF-16 the other way round": (
        "key.txt",
        b"\xfe\xff" + f"ä日\n\n\n{KEY.decode()}".encode("utf-16-be"),
        "a private key",
        4,
    ),
    "in UTF-16 before weights": (
        "weights.txt",
        f"a\n{KEY.decode()}{'w' * 100_000}".encode("utf-16"),
        "a private key",
        2,
    ),
    "in JSON": (
        "account.json",
        json.dumps({"a": 1, "private_key": KEY.decode()}, indent=1),
        "a private key",
        3,
    ),
    "in Python": ("model.py", f'import a\nKEY = """{KEY.decode()}"""\n', "a private key", 2),
    "indented": ("a.yaml", "key: |\n" + re.sub("(?m)^", "  ", KEY.decode()), "a private key", 2),
    "before weights": ("weights.bin", KEY + bytes(1 << 20), "a private key", 1),
    "PGP": ("secring.asc", PGP, "a private key", 1),
    "PuTTY": ("key.ppk", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "a private key", 1),
    "DER, PKCS#8": ("key.der", RSA.private_bytes(DER, PKCS8, OPEN), "a private key (DER)", 1),
    "DER, PKCS#1": ("key.der", RSA.private_bytes(DER, OLD, OPEN), "a private key (DER)", 1),
    "DER, EC": ("key.der", EC.private_bytes(DER, OLD, OPEN), "a private key (DER)", 1),
    "DER, Ed25519": ("key.der", ED.private_bytes(DER, PKCS8, OPEN), "a private key (DER)", 1),
    "PKCS#12": (
        "a.p12",
        pkcs12.serialize_key_and_certificates(b"a", RSA, None, None, LOCKED),
        "a store of keys",
        1,
    ),
    "JWK": (
        "jwk.json",
        json.dumps({"kty": "EC", "crv": "P-256", "d": letters(43)}),
        "a private key (JWK)",
        1,
    ),
    ".git-credentials": ("stored", f"https://bot:{letters(40)}@github.com\n", "a git credential", 1),
    "a remote": (
        "c",
        f'[remote "o"]\n\turl = https://bot:{letters(40)}@git.example.com/a.git\n',
        "a git credential",
        2,
    ),
    "a runner's": (
        "config",
        f'[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic {letters(40)}\n',
        "a git credential",
        2,
    ),
    "a helper that knows it": (
        "config",
        f'[core]\n[credential]\n\thelper = "!f() {{ echo username=me; echo password={letters(20)}; }}; f"\n',
        "a git credential",
        2,
    ),
    "a password of a host": (
        "c",
        f'[credential "https://x.example"]\n  username = <you>\n  password = {letters(20)}\n',
        "a git credential",
        1,
    ),
    ".netrc": (".netrc", f"machine a.example login me password {letters(20)}\n", "a credential of .netrc", 1),
    "_netrc": (
        "_netrc",
        f"\nmachine a.example\n  login me\n  password {letters(20)}\n",
        "a credential of .netrc",
        2,
    ),
    ".npmrc": (".npmrc", f"a=b\n//registry.npmjs.org/:_authToken={letters(36)}\n", "a token of npm", 2),
    ".pypirc": (
        ".pypirc",
        f"[pypi]\nusername = __token__\npassword = {letters(30)}\n",
        "a password of .pypirc",
        3,
    ),
    "AWS": ("credentials", f"[default]\naws_secret_access_key = {letters(40)}\n", "an AWS secret key", 2),
    "docker": (
        "config.json",
        json.dumps({"auths": {"iad.ocir.io": {"auth": letters(40)}}}),
        "a credential of a container registry",
        1,
    ),
    "kubeconfig": (
        "config",
        f"kind: Config\nusers:\n  client-key-data: {BASE64}\n",
        "a key of Kubernetes",
        3,
    ),
    "kubeconfig, token": (
        "config",
        f"kind: Config\n  token: {letters(40)}\n",
        "a credential of Kubernetes",
        2,
    ),
    "OCI": (
        "config",
        f"[DEFAULT]\nfingerprint={FINGERPRINT}\nkey_file=~/.oci/key.pem\n",
        "an OCI configuration with its key",
        3,
    ),
    ".env": (
        ".env",
        f"LOG_LEVEL=debug-everything\nexport DB_PASSWORD='{letters(20)}'\n",
        "a secret of .env",
        2,
    ),
    ".env.production": (".env.production", f"API_TOKEN={letters(30)}\n", "a secret of .env", 1),
    "GitHub's": ("model.py", f'TOKEN = "ghp_{letters(36)}"\n', "a GitHub token", 1),
    "Hugging Face's": ("model.py", f'\nlogin("hf_{letters(34)}")\n', "a Hugging Face token", 2),
    "NVIDIA's": ("notes.txt", f"nvapi-{letters(64)}", "an NVIDIA NGC key", 1),
}

CERTIFICATE = authority().decode()
FINE: dict[str, tuple[str, bytes | str]] = {
    "a certificate": ("cert.pem", CERTIFICATE),
    "a certificate in DER": (
        "cert.der",
        b"\x30\x82\x03\x0a\x30\x82\x01\xf2\xa0\x03\x02\x01\x02" + bytes(900),
    ),
    "a public key": ("key.pub", RSA.public_key().public_bytes(PEM, forms.PublicFormat.SubjectPublicKeyInfo)),
    "a public key in DER": (
        "k.der",
        RSA.public_key().public_bytes(DER, forms.PublicFormat.SubjectPublicKeyInfo),
    ),
    "a word about keys": (
        "README.md",
        "Put -----BEGIN PRIVATE KEY----- and\n-----END PRIVATE KEY----- around it.\n",
    ),
    "an example of a key": (
        "README.md",
        "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----\n",
    ),
    "another example": (
        "a.md",
        "-----BEGIN PRIVATE KEY-----\n<your key here, in base64>\n-----END PRIVATE KEY-----\n",
    ),
    "a check of keys": (
        "model.py",
        'if text.startswith("-----BEGIN PRIVATE KEY-----"):\n    raise ValueError\n',
    ),
    "a vocabulary": ("vocab.txt", "[PAD]\n-----BEGIN\nPRIVATE\nKEY-----\npassword\ntoken\nlogin\nmachine\n"),
    "a tokenizer": (
        "tokenizer.json",
        json.dumps(
            {"vocab": {"-----BEGIN RSA PRIVATE KEY-----": 1, "hf_": 2, "ghp_": 3, "auths": 4, "d": 5}}
        ),
    ),
    "a large tokenizer": ("tokenizer.json", json.dumps({f"https://u{n}:p@h{n}": n for n in range(9000)})),
    "settings of a model": ("config.json", json.dumps({"model_type": "bert", "auth": None, "d": "x" * 30})),
    "tokens of an example": (
        "README.md",
        f"export HF_TOKEN=hf_{'x' * 34}\nAKIAIOSFODNN7EXAMPLE\nghp_{'x' * 36}\n",
    ),
    "a URL with a password in prose": (
        "README.md",
        "Use https://user:password@host.example/path for that.\n",
    ),
    "a database in code": ("model.py", 'URL = "postgres://user:password@db.internal:5432/x"\n'),
    "an .env of names": (
        ".env",
        "HF_TOKEN=\nDB_PASSWORD=${DB_PASSWORD}\nTOKEN_LIMIT=123456789\nAPI_KEY=<put it here>\n",
    ),
    "an .env for show": (".env.example", "DB_PASSWORD=correct-horse-battery\n"),
    "npm without a token": (
        ".npmrc",
        "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\nregistry=https://r.example/\n",
    ),
    "git without a credential": ("c", '[remote "origin"]\n\turl = https://github.com/a/b.git\n'),
    "a helper of git": ("config", "[core]\n[credential]\n\thelper = store\n\tusername = me\n"),
    "a helper of a host": (
        "c",
        '[credential "https://x.example"]\n  username = me\n  helper = store\n[a]\n  password = abcdefgh\n',
    ),
    "a helper that asks": (
        "c",
        '[credential]\n\thelper = "!f() { echo username=me; echo password=$TOKEN; }; f"\n',
    ),
    "a URL for show": ("hosts", "https://user:password@example.com/\nhttps://me:<token>@example.com\n"),
    "a remote for show": ("c", '[remote "origin"]\n\turl = https://user:TOKEN@git.example.com/a.git\n'),
    "netrc in prose": ("README.md", "A .netrc has machine, login and password in it.\n"),
    "weights": ("weights.bin", os.urandom(50_000)),
    "nothing": ("empty", b""),
}
FOLDER = SMALL.replace("models/model.onnx", "../model").replace("NAME", "one")


def laid_out(root: Path, name: str, content: bytes | str) -> Path:
    (root / "model").mkdir()
    (root / "model/model.onnx").write_text(ONNX)
    place = root / "model" / name
    place.write_bytes(content if isinstance(content, bytes) else content.encode())
    (root / "manifests").mkdir()
    (root / "manifests/one.yaml").write_text(FOLDER)
    return place


def problems(root: Path) -> list[str]:
    try:
        load_manifests([], root, {}, {})
    except InvalidManifests as error:
        return [str(problem) for problem in error.findings]
    return []


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("alone", [True, False], ids=["file", "folder"])
def test_a_credential_is_refused_by_its_place_and_kind(tmp_path: Path, case: str, alone: bool) -> None:
    """As a file among others, and as the file that a version names."""
    name, content, kind, line = REFUSED[case]
    place = laid_out(tmp_path, name, content)
    if alone:
        (tmp_path / "manifests/one.yaml").write_text(FOLDER.replace("../model", f"../model/{name}"))
    [problem] = problems(tmp_path)
    text = place.read_bytes().split(b"\n")[line - 1]
    found = re.match(
        rf"model/{re.escape(name)}:{line}:(\d+): holds ([^\n]+)\n    Everybody who can read the model",
        problem,
    )
    assert found, problem
    assert found[2] == kind
    assert 1 <= int(found[1]) <= len(text) + 1
    assert "spec.server.env" in problem
    for part in re.findall(rb"[A-Za-z0-9+/_-]{12,}", place.read_bytes()[:5000]):
        assert part.decode() not in problem.replace("configuration", "").replace("certificate", "")


@pytest.mark.parametrize("case", FINE)
def test_what_holds_none_is_packed(tmp_path: Path, case: str) -> None:
    laid_out(tmp_path, *FINE[case])
    assert problems(tmp_path) == []


CONFIG = """name: "resnet" backend: "onnxruntime"
parameters { key: "token" value { string_value: "SECRET" } }
"""
SECRETS = [f"ghp_{letters(36)}", json.dumps(KEY.decode())[1:-1], f"https://me:{letters(12)}@h.example/"]


@pytest.mark.parametrize("secret", SECRETS, ids=["token", "key", "URL"])
def test_a_configuration_that_holds_one(tmp_path: Path, secret: str) -> None:
    laid_out(tmp_path, "../config.pbtxt", CONFIG.replace("SECRET", secret))
    text = FOLDER.replace("backend: onnxruntime", "config: ../config.pbtxt")
    (tmp_path / "manifests/one.yaml").write_text(text)
    [problem] = problems(tmp_path)
    assert re.match(r"config\.pbtxt:2:\d+: ", problem)
    assert secret[:20] not in problem


@pytest.mark.parametrize("secret", SECRETS, ids=["token", "key", "URL"])
def test_a_configuration_inline_however_it_is_written(tmp_path: Path, secret: str) -> None:
    """YAML's escapes hide it from whoever searches the manifest's text."""
    laid_out(tmp_path, "a", b"")
    value = "".join(f"\\x{ord(letter):02x}" for letter in secret)
    inline = f'config: {{parameters: {{token: {{string_value: "{value}"}}}}}}'
    (tmp_path / "manifests/one.yaml").write_text(FOLDER.replace("backend: onnxruntime", inline))
    [problem] = problems(tmp_path)
    assert re.match(r"manifests/one\.yaml:8:\d+: config: holds a credential\n    Everybody", problem)
    assert secret[:20] not in problem


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("https://localhost:8443/m", "leads to this machine itself"),
        ("https://169.254.169.254/opc/v2/", "leads to 169.254.169.254, a link-local address"),
        ("https://0177.0.0.1/m", "names an address that programs read differently"),
        ("https://me@models.example.com/m", "names a user or a password"),
        ("https://models.example.com:99999/m", "names a port that is none"),
    ],
)
def test_a_url_that_nobody_would_ask(tmp_path: Path, url: str, what: str) -> None:
    laid_out(tmp_path, "a", b"")
    text = FOLDER.replace("../model", f'{{url: "{url}", sha256: {"0" * 64}}}')
    (tmp_path / "manifests/one.yaml").write_text(text)
    [problem] = problems(tmp_path)
    assert re.match(rf"manifests/one\.yaml:9:\d+: the URL {re.escape(what)}\n    \S", problem), problem
