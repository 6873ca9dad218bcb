"""Planting: secrets in the settings of an installation, told apart from anything that could be there by chance."""

import json
import secrets

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

TOKEN = f"ghp_{secrets.token_hex(18)}"
WEBHOOK_SECRET = f"planted-webhook-{secrets.token_hex(16)}"
KEY = secrets.token_hex(32)
PRIVATE_KEY = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    .decode()
)

PLANTED = {
    "token": TOKEN,
    "webhook secret": WEBHOOK_SECRET,
    "key ring": KEY,
    # A line of it is enough to know the whole by, whatever became of its ends of line.
    "private key": PRIVATE_KEY.splitlines()[5],
}
"""What must be found nowhere, by what it is."""

ENVIRONMENT = {
    "MATINEE_KEY_RING": f"planted:{KEY}",
    # Whenever it runs: so that what was lost is found within the patience of a test.
    "MATINEE_HEAL_EVERY": "10s",
    "MATINEE_FORGES__HUB__KIND": "github",
    "MATINEE_FORGES__HUB__TOKEN": TOKEN,
    "MATINEE_FORGES__HUB__WEBHOOK_SECRET": WEBHOOK_SECRET,
    "MATINEE_FORGES__HUB__REPOSITORIES": json.dumps(["acme/shop"]),
    # Port 9 discards: nobody listens there, so that this forge is always away.
    "MATINEE_FORGES__HUB__BASE_URL": "http://127.0.0.1:9",
    "MATINEE_FORGES__APP__KIND": "github",
    "MATINEE_FORGES__APP__APP_ID": "1",
    "MATINEE_FORGES__APP__PRIVATE_KEY": PRIVATE_KEY,
    "MATINEE_FORGES__APP__REPOSITORIES": json.dumps(["bacme/*"]),
    "MATINEE_FORGES__APP__BASE_URL": "http://127.0.0.1:9",
}
"""The settings of an installation that holds them, beside two forges that are away."""
