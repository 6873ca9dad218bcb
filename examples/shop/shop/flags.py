"""Flags: switches that change what the shop shows while it runs, asked through OpenFeature.

They stand in a file in flagd's format, which MATINEE_FLAGS_FILE names. A project of its own would take the flagd
provider, which reads the same file by flagd's own variables; this one needs no more than the SDK.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, ParseError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata


class FileProvider(AbstractProvider):
    """Resolves flags from the file as it is at that moment; without a file, callers get their own defaults.

    The file is opened by its path each time, because it is replaced and never written into. It is small.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def get_metadata(self) -> Metadata:
        """What the provider is called in logs."""
        return Metadata(name="flags of a file")

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """A switch."""
        return self._resolved(flag_key, bool)

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """A text."""
        return self._resolved(flag_key, str)

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """A whole number."""
        return self._resolved(flag_key, int)

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """A number."""
        return self._resolved(flag_key, int, float)

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        """A list or an object, which definitions of previews do not have."""
        return self._resolved(flag_key, dict, list)

    def _resolved(self, name: str, *kinds: type) -> FlagResolutionDetails[Any]:
        flag = self._flags().get(name)
        if flag is None:
            raise FlagNotFoundError(f"no flag is called {name}")
        variant = flag["defaultVariant"]
        value = flag["variants"][variant]
        # For Python true is a number too.
        if type(value) not in kinds:
            raise TypeMismatchError(f"{name} is {value!r}")
        return FlagResolutionDetails(value, variant=variant, reason=Reason.STATIC)

    def _flags(self) -> dict[str, Any]:
        if self._file is None:
            return {}
        try:
            return json.loads(self._file.read_text(encoding="utf-8"))["flags"]
        except (OSError, ValueError, KeyError) as error:
            raise ParseError(f"the flags cannot be read: {error}") from error


def client(file: str) -> OpenFeatureClient:
    """What the shop asks for its flags; this file answers, or nothing if the name is empty."""
    api.set_provider_and_wait(FileProvider(Path(file) if file else None), domain="shop")
    return api.get_client(domain="shop")
