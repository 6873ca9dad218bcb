"""Masking: what is shown to people never holds a secret that we gave to a process."""

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

MASK = "***"
_SHORTEST = 4  # A shorter one would mask half of every text, and protects nothing anyway.


def secrets_of(url: str) -> tuple[str, ...]:
    """The secrets that a connection URL consists of: itself, and its password as it is written and as it is meant."""
    password = urlsplit(url).password or ""
    return tuple(dict.fromkeys(secret for secret in (url, password, unquote(password)) if secret))


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret in it replaced; the longest first, as one may hold another."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, MASK)
    return text
