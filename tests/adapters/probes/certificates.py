"""Certificates made for a test: an authority that only the test trusts, and what it signs."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def served(self, folder: Path) -> ssl.SSLContext:
        """What a server needs to show it."""
        file = folder / f"{self.certificate.serial_number}.pem"
        secret = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(secret + self.certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context


def authority() -> Signed:
    """A new authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    return Signed(certificate=_made("authority", key, None, days=1), key=key)


def signed(by: Signed | None, host: str, *, days: int = 1) -> Signed:
    """A certificate for this host, which ends so many days from now; signed by itself if by nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    return Signed(certificate=_made(host, key, by, days=days), key=key)


def trusting(anchor: Signed) -> ssl.SSLContext:
    """What a client needs to trust this authority alone."""
    return ssl.create_default_context(cadata=anchor.certificate.public_bytes(serialization.Encoding.PEM).decode())


def _made(host: str, key: ec.EllipticCurvePrivateKey, by: Signed | None, *, days: int) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    ends = datetime.now(UTC) + days * _DAY
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(by.certificate.subject if by else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - 30 * _DAY)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=host == "authority", path_length=None), critical=True)
    )
    return builder.sign(by.key if by else key, hashes.SHA256())
