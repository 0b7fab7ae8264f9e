"""Certificates of the loopback internet: its own authority, a certificate for each host, and bad ones."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.x509.oid import NameOID

VALID_FOR = timedelta(days=2)


@dataclass(frozen=True)
class Authority:
    """A certificate authority: its key and its own certificate."""

    key: EllipticCurvePrivateKey
    certificate: x509.Certificate


def create_authority(name: str) -> Authority:
    """A new authority; nothing trusts it until its certificate is given to a client."""
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _describe(subject, subject, key, datetime.now(UTC) + VALID_FOR)
    certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return Authority(key, certificate.sign(key, hashes.SHA256()))


def write_certificate(authority: Authority, path: Path) -> None:
    """Write the authority's certificate as PEM, for SSL_CERT_FILE."""
    path.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))


def create_context(authority: Authority, host: str, folder: Path, *, expired: bool = False) -> ssl.SSLContext:
    """The TLS context of a server that is `host` by its certificate."""
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    until = datetime.now(UTC) + (-timedelta(days=1) if expired else VALID_FOR)
    builder = _describe(subject, authority.certificate.subject, key, until)
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    certificate = builder.add_extension(names, critical=False).sign(authority.key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{host}.{certificate.serial_number}.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def _describe(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - 2 * VALID_FOR)
        .not_valid_after(until)
    )
