"""RSA keys: making, writing and reading them."""

import hashlib
from collections.abc import Callable

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

NewKey = Callable[[], rsa.RSAPrivateKey]


def new_key() -> rsa.RSAPrivateKey:
    """Takes a tenth of a second, which is why tests reuse keys (`embedded.ReusedKeys`)."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key: rsa.RSAPublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def load_private(pem: bytes) -> rsa.RSAPrivateKey | None:
    """None when it is not an RSA key."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        return None
    return key if isinstance(key, rsa.RSAPrivateKey) else None


def fingerprint(key: rsa.RSAPublicKey) -> str:
    """As OCI shows it: the MD5 of the DER form, in pairs."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.md5(der, usedforsecurity=False).digest().hex(":")
