"""Passwords: made once, kept in files that only their owner reads, and told to PostgreSQL as verifiers."""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from pathlib import Path

_ITERATIONS = 4096
"""What PostgreSQL's own `scram_iterations` is by default."""


def kept(file: Path, make: Callable[[], str]) -> str:
    """The password in this file, which is made at the first call, with mode 0600."""
    try:
        return file.read_text()
    except FileNotFoundError:
        password = make()
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(password)
    draft.replace(file)
    return password


def verifier(password: str, salt: bytes) -> str:
    """What PostgreSQL stores instead of the password (RFC 5803), so that no statement, and no log, holds it."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    client = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${_ITERATIONS}:{_text(salt)}${_text(client)}:{_text(server)}"


def _text(value: bytes) -> str:
    """The bytes in base64."""
    return base64.b64encode(value).decode()
