"""What went wrong on the way to a URL, in words that say what to look at."""

import ssl

import httpx

from domain.errors import NotYet
from domain.phases import Reason

_CERTIFICATE = {
    7: "is signed by nobody who is known here; use one that browsers know",
    9: "is not valid yet; is the clock right?",
    10: "has expired; renew it",
    18: "is signed by itself; use one that browsers know",
    19: "is signed by nobody who is known here; use one that browsers know",
    20: "is signed by nobody who is known here; use one that browsers know",
    21: "comes without those who signed it; serve the whole chain",
    62: "is for another host; does the wildcard reach this name?",
}
"""By OpenSSL's verification codes (openssl-verification-options(1), `X509_V_ERR_…` in x509_vfy.h)."""


def trouble(host: str, error: httpx.TransportError | TimeoutError, *, seconds: float) -> NotYet:
    """The answer for an error of the transport, whose own text stays out of it."""
    return NotYet(_sentence(host, error, seconds), reason=Reason.PROBE_FAILED)


def _sentence(host: str, error: httpx.TransportError | TimeoutError, seconds: float) -> str:
    cause = _ssl_error(error)
    match cause, error:
        case ssl.SSLCertVerificationError(), _:
            words = _CERTIFICATE.get(cause.verify_code, f"cannot be verified: {cause.verify_message}")
            return f"TLS: the certificate of {host} {words}"
        case ssl.SSLError(), _:
            return f"TLS: {host} does not speak TLS as it should ({cause.reason or type(cause).__name__})"
        case _, TimeoutError() | httpx.TimeoutException():
            return f"HTTP: {host} did not answer within {seconds:.0f} s"
        case _, httpx.ConnectError():
            return f"HTTP: {host} takes no connections; nothing listens there yet"
        case _:
            return f"HTTP: {host} broke the connection off"


def _ssl_error(error: BaseException) -> ssl.SSLError | None:
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, ssl.SSLError):
        seen = seen.__cause__ or seen.__context__
    return seen
