"""Hiding: what the cluster says of a preview, without what the preview was given to keep secret.

A kubelet quotes the command that it could not start, a probe the answer that it got, a container its last words: any
of them may hold a password. They are masked before they are judged, because a verdict cuts what is long, and what is
left of a password would not be known as one.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from adapters.processes.masking import masked
from domain.manifests.shapes import list_of, mapping_of
from domain.readiness import Observation

_SAID = frozenset({"message", "note"})
"""The fields of events, conditions and containers that are sentences. All others are words of Kubernetes itself."""


def hidden(observation: Observation, secrets: Iterable[str]) -> Observation:
    """The observation with every secret in its sentences and logs replaced."""
    known = tuple(secrets)

    def veiled(things: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(_veiled(one, known) for one in things)

    return replace(
        observation,
        objects=veiled(observation.objects),
        replica_sets=veiled(observation.replica_sets),
        pods=veiled(observation.pods),
        events=veiled(observation.events),
        logs={where: masked(text, known) for where, text in observation.logs.items()},
    )


def _veiled(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_veiled(one, secrets) for one in list_of(value)]
    if not isinstance(value, dict):
        return value
    return {key: _field(key, one, secrets) for key, one in mapping_of(value).items()}


def _field(key: str, value: Any, secrets: tuple[str, ...]) -> Any:
    return masked(value, secrets) if key in _SAID and isinstance(value, str) else _veiled(value, secrets)
