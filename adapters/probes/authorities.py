"""Whose signature on a preview's certificate counts: the authorities that browsers know, and an operator's own."""

import ssl
from pathlib import Path

import httpx

from domain.errors import PermanentError
from domain.phases import Reason


def trusted(file: Path | None) -> ssl.SSLContext:
    """What browsers trust and, if there is one, this file; PermanentError if it holds no certificate."""
    context = httpx.create_ssl_context()
    if file is None:
        return context
    try:
        context.load_verify_locations(cafile=file)
    except OSError as error:
        raise PermanentError(
            f"{file} has no certificates that can be read ({error.strerror or type(error).__name__}); correct "
            "MATINEE_AUTHORITIES to the path of a PEM file",
            reason=Reason.SETTINGS,
        ) from error
    return context
