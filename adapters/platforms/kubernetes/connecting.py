"""Connecting: from a kubeconfig, or the account of the pod that this runs in, to a cluster.

Only this file and failures.py know the vendor's library, of which nothing but the dynamic client is used: the models
of all kinds would take seconds and many megabytes to load.
"""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config.config_exception import ConfigException
from kubernetes.aio.dynamic import DynamicClient

from adapters.platforms.kubernetes.requesting import Api
from domain.errors import PermanentError
from domain.phases import Reason

_CONFIG: Any = config
"""It says nothing of its types."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """Where a cluster is and as whom to ask it: a context of a kubeconfig, or None for this pod's own account."""

    kubeconfig: Path | None = None
    context: str = ""


@asynccontextmanager
async def connected(access: Access) -> AsyncGenerator[Api]:
    """The cluster, of which nothing is asked yet; PermanentError(SETTINGS) if it is not known how to reach it."""
    configuration = Configuration()
    await _load(access, configuration)
    # The library would keep what it finds out under a name that others on this machine can guess.
    with tempfile.TemporaryDirectory(prefix="matinee-kubernetes-") as folder:
        async with ApiClient(configuration) as client:
            yield Api(partial(_opened, client, str(Path(folder) / "kinds.json")))


async def _opened(client: ApiClient, file: str) -> DynamicClient:
    return await DynamicClient(client, cache_file=file)


async def _load(access: Access, configuration: Configuration) -> None:
    try:
        if access.kubeconfig is None:
            _CONFIG.load_incluster_config(client_configuration=configuration)
            return
        await _CONFIG.load_kube_config(
            str(access.kubeconfig),
            context=access.context or None,
            client_configuration=configuration,
            persist_config=False,
        )
    except (ConfigException, OSError, yaml.YAMLError) as error:
        raise PermanentError(_words(access, error), reason=Reason.SETTINGS) from error


def _words(access: Access, error: Exception) -> str:
    if access.kubeconfig is None:
        return (
            "Matinee does not run in a pod of a cluster, and no kubeconfig is set: set "
            "MATINEE_PLATFORMS__<NAME>__KUBECONFIG to the path of one"
        )
    if not access.kubeconfig.is_file():
        return f"the kubeconfig {access.kubeconfig} is not there; correct MATINEE_PLATFORMS__<NAME>__KUBECONFIG"
    context = f" with the context {access.context}" if access.context else ""
    known = ", ".join(_contexts(access.kubeconfig)) or "none"
    # A syntax error of YAML would quote the line, and with it a token.
    said = str(error) if isinstance(error, ConfigException) else type(error).__name__
    return (
        f"the kubeconfig {access.kubeconfig} cannot be used{context}: {said}. It has the contexts: {known}; choose one "
        "by MATINEE_PLATFORMS__<NAME>__CONTEXT"
    )


def _contexts(kubeconfig: Path) -> list[str]:
    try:
        return [str(one["name"]) for one in yaml.safe_load(kubeconfig.read_text())["contexts"]]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return []
