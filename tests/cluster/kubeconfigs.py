"""Kubeconfigs: how a user reaches an API server, each complete in one file."""

import base64
import json
from pathlib import Path


def write(file: Path, *, server: str, certificates: Path, user: str) -> Path:
    """The file says how `user`, who has a certificate in `certificates`, reaches the server."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "test",
                "cluster": {"server": server, "certificate-authority-data": _encoded(certificates / "ca.crt")},
            }
        ],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate-data": _encoded(certificates / f"{user}.crt"),
                    "client-key-data": _encoded(certificates / f"{user}.key"),
                },
            }
        ],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
        "current-context": "test",
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    # JSON is valid YAML.
    file.write_text(json.dumps(document, indent=2) + "\n")
    return file


def _encoded(file: Path) -> str:
    """The file's content as kubeconfigs carry it."""
    return base64.b64encode(file.read_bytes()).decode()
