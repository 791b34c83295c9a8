"""An authority of the tests' own, and what it signs: servers that speak TLS as real ones do."""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "models.example.com"
"""The name that the servers' certificate is for."""


@cache
def authority() -> bytes:
    """The certificate to trust, as PEM."""
    return _made()[0]


def server_context() -> ssl.SSLContext:
    """What a server named `HOST` wraps its connections with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "both.pem"
        place.write_bytes(_made()[1])
        context.load_cert_chain(place)
    return context


@cache
def _made() -> tuple[bytes, bytes]:
    ours, theirs = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("tests", "tests", ours, ours, authority=True)
    leaf = _certificate(HOST, "tests", theirs, ours, authority=False)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key = theirs.private_bytes(encoding, form, serialization.NoEncryption())
    return root.public_bytes(encoding), key + leaf.public_bytes(encoding)


def _certificate(
    subject: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
        .sign(signer, hashes.SHA256())
    )
