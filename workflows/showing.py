"""Showing: a workflow's search attributes, written in one place because the SDK leaves their type open."""

from collections.abc import Mapping
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from activities.attributes import KEYS

_BY_NAME = {key.name: key for key in KEYS}


def show(values: Mapping[str, object]) -> None:
    """The workflow that calls this carries these values, and no longer those given as None: one event in all."""
    updates = [_update(name, value) for name, value in values.items()]
    workflow.upsert_search_attributes(updates)  # pyright: ignore[reportUnknownMemberType] - the SDK leaves a type open


def _update(name: str, value: Any) -> SearchAttributeUpdate[Any]:
    """What writes this value to the attribute of this name; None takes the attribute away."""
    key = _BY_NAME[name]
    return key.value_unset() if value is None else key.value_set(value)
