"""Who the API server is, and who its administrator is: one key, one certificate, one token."""

import ipaddress
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_DAYS = 7
_KEY_BITS = 2048


class Credentials:
    """Files in ``folder``: the server's key, which also signs service account tokens, its certificate, the tokens."""

    def __init__(self, folder: Path, token: str) -> None:
        self.key = folder / "server.key"
        self.certificate = folder / "server.crt"
        self.tokens = folder / "tokens.csv"
        self.token = token

    @classmethod
    def make(cls, folder: Path) -> Self:
        """Writes new ones; the token belongs to system:masters, who may do everything."""
        made = cls(folder, secrets.token_urlsafe(24))
        key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        made.key.touch(mode=0o600)
        made.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        made.certificate.write_bytes(_self_signed(key).public_bytes(serialization.Encoding.PEM))
        made.tokens.touch(mode=0o600)
        made.tokens.write_text(f'{made.token},admin,admin,"system:masters"\n')
        return made

    def write_kubeconfig(self, file: Path, url: str, *, token: str = "") -> Path:
        """Writes how to reach a server at ``url``, as its administrator or whose token it is, and returns the file."""
        cluster = {"server": url}
        if url.startswith("https:"):
            cluster["certificate-authority"] = str(self.certificate)
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "api-tier", "cluster": cluster}],
            "users": [{"name": "user", "user": {"token": token or self.token}}],
            "contexts": [{"name": "api-tier", "context": {"cluster": "api-tier", "user": "user"}}],
            "current-context": "api-tier",
        }
        file.touch(mode=0o600)
        file.write_text(yaml.safe_dump(config))
        return file


def _self_signed(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "qdm API tier")])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    here = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectAlternativeName(here), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
