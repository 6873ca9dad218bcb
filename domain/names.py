"""Names: the key of a preview, and every name that is derived from it.

A label is one DNS label that no two keys share. It always ends in `-<number>`, and a plain one
(`shop-12`) is given only where nothing else can lead to it: to repositories of the installation's home
owner whose own name is a DNS label without a part of digits only. All other keys get a hash of the whole
repository before the number (`shop-h3f9c21d0-12`), and parts of digits get a letter, so that the first part of
digits is always the number. What follows the number can then only be a service: `shop-12-api`.
"""

import hashlib
import re
from dataclasses import dataclass

LABEL_LIMIT = 40
"""Characters of a label, which leaves 22 of DNS's 63 (RFC 1035 §2.3.4) for `-<service>`."""

SERVICE_LIMIT = 20
"""Characters of a service's name, for the same reason."""

PROOFS = "matinee/doctor"
"""The repository of the keys under which the doctor proves a database; no pull request has one of them."""

_KEY = re.compile(r"(?P<repository>[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+)(?:#|:)(?P<number>0|[1-9][0-9]{0,8})")
_PLAIN = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


@dataclass(frozen=True, order=True)
class Key:
    """Names a preview for ever: a repository as the forge writes it, and the number of the pull request."""

    repository: str
    number: int

    def __str__(self) -> str:
        return f"{self.repository}#{self.number}"


def parse_key(text: str) -> Key:
    """The key written as `acme/shop#12`, `acme/shop:12` or as a workflow id; ValueError with the cure if not."""
    match = _KEY.fullmatch(text.removeprefix("preview:"))
    if match is None:
        raise ValueError(f"{text!r} is no key of a preview; write it as OWNER/REPOSITORY#NUMBER, e.g. acme/shop#12")
    return Key(match["repository"], int(match["number"]))


def is_key(text: str) -> bool:
    """Whether this can be read as a key; a workflow that somebody started by hand may have any id."""
    return _KEY.fullmatch(text.removeprefix("preview:")) is not None


def workflow_id(key: Key) -> str:
    """The id of the workflow that owns this preview: `preview:acme/shop:12`."""
    return f"preview:{key.repository}:{key.number}"


def throttle_id(server: str) -> str:
    """The id of the workflow that holds the leases of one database server: `throttle:main`."""
    return f"throttle:{server}"


def seed_id(repository: str, fingerprint: str) -> str:
    """The id of the workflow that builds one version of a repository's seed."""
    return f"seed:{repository}:{fingerprint}"


def label_of(key: Key, *, home: str) -> str:
    """The DNS label of a key; `home` is the owner whose repositories may have plain ones.

    >>> label_of(Key("acme/shop", 12), home="acme")
    'shop-12'
    >>> label_of(Key("rival/shop", 12), home="acme")
    'shop-h6583f870-12'
    """
    owner, _, name = key.repository.rpartition("/")
    number = str(key.number)
    room = LABEL_LIMIT - len(number) - 1
    if owner == home and len(name) <= room and _is_plain(name):
        return f"{name}-{number}"
    digest = hashlib.sha256(key.repository.encode()).hexdigest()[:8]
    return f"{_dashed(name)[: room - 10].strip('-')}-h{digest}-{number}"


def service_label(label: str, service: str | None) -> str:
    """The DNS label of one public service; the primary one, None, has the preview's own."""
    return label if service is None else f"{label}-{service}"


def database_name(label: str) -> str:
    """The name of a preview's database and of its role: `pr_shop_12` (PostgreSQL folds no quoting for it)."""
    return "pr_" + label.replace("-", "_")


def seed_key(repository: str) -> Key:
    """The key that marks what builds a repository's seed; forges number pull requests from 1, so 0 is free."""
    return Key(repository, 0)


def seed_label(repository: str, fingerprint: str) -> str:
    """The label of one version of a repository's seed: `seed-shop-3f9c21d0a1b2`."""
    return f"seed-{_dashed(repository.rpartition('/')[2])[:20].strip('-')}-{fingerprint}"


def fingerprint(*parts: str) -> str:
    """Twelve hex digits that change when any part does; parts are told apart by a byte that none can hold."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:12]


def _dashed(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-").split("-")
    lettered = [f"n{word}" if not word or word[0].isdigit() else word for word in words]
    return "-".join(lettered)


def _is_plain(name: str) -> bool:
    parts = name.split("-")
    looks_hashed = re.fullmatch(r"h[0-9a-f]{8}", parts[-1]) is not None
    return _PLAIN.fullmatch(name) is not None and not looks_hashed and not any(part.isdigit() for part in parts)
