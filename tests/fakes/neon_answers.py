"""Answers: the fake project's contents as Neon's API writes them."""

from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse

from tests.fakes.neon_state import RECOVERABLE, FakeBranch, FakeEndpoint, FakeOperation

PROJECT = "quiet-leaf-123456"
HOSTS = "eu-central-1.aws.neon.invalid"


def refusal(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Neon's words for no."""
    return JSONResponse({"code": "", "message": message, "request_id": "fake"}, status, headers)


def branch(it: FakeBranch) -> dict[str, Any]:
    """A branch."""
    made = _instant(it.made_at)
    return {
        "id": it.id,
        "project_id": PROJECT,
        **({"parent_id": it.parent, "parent_lsn": "0/1DE2850"} if it.parent else {}),
        "name": it.name,
        "current_state": it.state,
        **({"pending_state": "ready"} if it.state == "init" else {}),
        "state_changed_at": made,
        "creation_source": "console",
        "default": it.default,
        "protected": it.protected,
        "cpu_used_sec": 0,
        "active_time_seconds": 0,
        "compute_time_seconds": 0,
        "written_data_bytes": 0,
        "data_transfer_bytes": 0,
        "created_at": made,
        "updated_at": made,
        "init_source": "parent-data",
        **({"expires_at": _instant(it.expires_at), "ttl_interval_seconds": 60} if it.expires_at else {}),
        **({"recovery": _recovery(it.deleted_at)} if it.deleted_at else {}),
    }


def annotation(it: FakeBranch) -> dict[str, Any]:
    """What a branch is annotated with."""
    made = _instant(it.made_at)
    return {
        "object": {"type": "console/branch", "id": it.id},
        "value": it.annotation,
        "created_at": made,
        "updated_at": made,
    }


def endpoint(owner: FakeBranch, it: FakeEndpoint) -> dict[str, Any]:
    """A compute endpoint."""
    made = _instant(it.made_at)
    return {
        "host": f"{it.id}.{HOSTS}",
        "id": it.id,
        "project_id": PROJECT,
        "branch_id": owner.id,
        "autoscaling_limit_min_cu": it.min_cu,
        "autoscaling_limit_max_cu": it.max_cu,
        "region_id": "aws-eu-central-1",
        "type": "read_write",
        "current_state": "active",
        "settings": {"pg_settings": {}},
        "pooler_enabled": False,
        "pooler_mode": "transaction",
        "disabled": False,
        "passwordless_access": True,
        "creation_source": "console",
        "created_at": made,
        "updated_at": made,
        "proxy_host": HOSTS,
        "suspend_timeout_seconds": it.suspend,
        "provisioner": "k8s-neonvm",
    }


def operation(it: FakeOperation) -> dict[str, Any]:
    """Something that goes on."""
    made = it.made_at.isoformat()
    return {
        "id": it.id,
        "project_id": PROJECT,
        "branch_id": it.branch,
        **({"endpoint_id": it.endpoint} if it.endpoint else {}),
        "action": it.action,
        "status": it.status,
        **({"error": it.error} if it.error else {}),
        "failures_count": 1 if it.error else 0,
        "created_at": made,
        "updated_at": made,
        "total_duration_ms": 100,
    }


def role(owner: FakeBranch, name: str, password: str = "") -> dict[str, Any]:
    """A role, with its password where one is just given."""
    made = _instant(owner.made_at)
    shown = {"password": password} if password else {}
    return {"branch_id": owner.id, "name": name, **shown, "protected": False, "created_at": made, "updated_at": made}


def database(owner: FakeBranch, name: str, role_name: str) -> dict[str, Any]:
    """A database of a branch."""
    made = _instant(owner.made_at)
    return {
        "id": 1,
        "branch_id": owner.id,
        "name": name,
        "owner_name": role_name,
        "created_at": made,
        "updated_at": made,
    }


def _recovery(deleted_at: datetime) -> dict[str, str]:
    until = _instant(deleted_at + RECOVERABLE)
    return {"deleted_at": _instant(deleted_at), "recoverable_until": until, "deletion_method": "user"}


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
