"""An authority of the tests' own, and what it signs: servers that speak TLS as real ones do."""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
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
    return _authority()[1].public_bytes(serialization.Encoding.PEM)


@cache
def key_and_certificate(*names: str) -> tuple[bytes, bytes]:
    """What a server of these names, host names or addresses, speaks TLS with: PEM, PEM."""
    signer, _ = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    leaf = _certificate(names, "tests", key, signer, authority=False)
    return key.private_bytes(encoding, form, serialization.NoEncryption()), leaf.public_bytes(encoding)


def server_context(*names: str) -> ssl.SSLContext:
    """What a server of these names, else of `HOST`, wraps its connections with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "both.pem"
        place.write_bytes(b"".join(key_and_certificate(*(names or (HOST,)))))
        context.load_cert_chain(place)
    return context


@cache
def _authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, _certificate(("tests",), "tests", key, key, authority=True)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _certificate(
    names: tuple[str, ...],
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .sign(signer, hashes.SHA256())
    )
