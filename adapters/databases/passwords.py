"""Passwords that are derived and therefore stored nowhere: HMAC by a key ring over what the account is.

The same account has the same password in every worker with the same ring, so a repeated branching changes nothing
and no password has to travel. PostgreSQL is told a SCRAM verifier made here (RFC 5802 §3), never the password, so
that it stands in no log of the server and in no list of running statements.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.errors import PermanentError
from domain.phases import Reason

SHORTEST_KEY = 16
"""Bytes of a key: marks show a proof of it, which must not help anybody to guess it."""

_ITERATIONS = 4096


@dataclass(frozen=True, kw_only=True)
class Account:
    """What a password is for: one generation of one role on one named instance of one installation."""

    installation: str
    instance: str
    name: str
    generation: int

    def words(self, purpose: str) -> bytes:
        """The bytes that are signed; the parts are told apart by a byte that none can hold."""
        return "\x00".join((purpose, self.installation, self.instance, self.name, str(self.generation))).encode()


@dataclass(frozen=True)
class KeyRing:
    """Keys by their ids, the current one first. A retired key stays for as long as a mark on a server names it."""

    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.keys:
            raise PermanentError(
                "the key ring is empty: set `key_ring` to `ID:KEY`, a random key of 32 bytes", reason=Reason.SETTINGS
            )
        for key_id, key in self.keys.items():
            if len(key) < SHORTEST_KEY:
                raise PermanentError(
                    f"key {key_id!r} of the key ring has under {SHORTEST_KEY} bytes: make a random one of 32 bytes",
                    reason=Reason.SETTINGS,
                )

    @property
    def current(self) -> str:
        """The id of the key that new passwords are made with."""
        return next(iter(self.keys))

    def password(self, key_id: str, account: Account) -> str:
        """The account's password under this key, 43 characters that need no quoting in a URL."""
        return _text(self._signed(key_id, account.words("password")))

    def verifier(self, key_id: str, account: Account) -> str:
        """What PostgreSQL keeps in place of the password, the same in every repetition."""
        salt = self._signed(key_id, account.words("salt"))[:16]
        return scram_verifier(self.password(key_id, account), salt)

    def proof(self, key_id: str) -> str:
        """Twelve hex digits by which a worker sees that its key of this id is the one that a mark was made with."""
        return self._signed(key_id, b"proof")[:6].hex()

    def check(self, key_id: str, proof: str) -> None:
        """Returns if this ring has the key that a mark names; PermanentError(SETTINGS) names the id if not."""
        if self.proof(key_id) != proof:
            raise PermanentError(
                f"the key {key_id!r} of the key ring (setting `key_ring`) is another one than a database on this "
                "server was made with: use the same ring in every worker, and a new id for a new key",
                reason=Reason.SETTINGS,
            )

    def _signed(self, key_id: str, words: bytes) -> bytes:
        return hmac.digest(self._key(key_id), words, "sha256")

    def _key(self, key_id: str) -> bytes:
        if key_id not in self.keys:
            raise PermanentError(
                f"the key ring (setting `key_ring`) lacks the key {key_id!r} that a database's password was made with: "
                "put it back behind the current one, or drop that database",
                reason=Reason.SETTINGS,
            )
        return self.keys[key_id]


def scram_verifier(password: str, salt: bytes) -> str:
    """The SCRAM-SHA-256 verifier of an ASCII password, as PostgreSQL stores it."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${_ITERATIONS}:{_base64(salt)}${_base64(stored)}:{_base64(server)}"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
