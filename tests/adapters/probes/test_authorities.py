"""Previews under a company's own authority: its certificate is believed where an operator said so, and only there."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from adapters.probes.authorities import trusted
from adapters.probes.http import HttpProbe
from domain.definitions import ServiceUrl
from domain.errors import NotYet, PermanentError
from domain.phases import Reason
from tests.adapters.probes.certificates import Signed, authority, signed
from tests.adapters.probes.websites import website

_HOST = "shop-12.localhost"


def _written(anchor: Signed, folder: Path) -> Path:
    """The file that an operator would name."""
    file = folder / "ca.crt"
    file.write_bytes(anchor.certificate.public_bytes(serialization.Encoding.PEM))
    return file


async def test_an_authority_of_ones_own_is_believed(tmp_path: Path) -> None:
    """A company that signs its previews itself has them probed over HTTPS like everybody else."""
    anchor = authority()
    probe = HttpProbe(authorities=trusted(_written(anchor, tmp_path)), pause=0.0, patience=0.0)

    async with website(tls=signed(anchor, _HOST).served(tmp_path)) as site:
        await probe.check(ServiceUrl("web", f"https://{_HOST}:{site.port}"))

    assert len(site.asked) == 3


async def test_nobody_elses_authority_is_believed_with_it(tmp_path: Path) -> None:
    """What I add is added, and opens the door to nobody else; what browsers know is known still."""
    context = trusted(_written(authority(), tmp_path))
    probe = HttpProbe(authorities=context, pause=0.0, patience=0.0)

    async with website(tls=signed(authority(), _HOST).served(tmp_path)) as site:
        with pytest.raises(NotYet, match="signed by nobody who is known here"):
            await probe.check(ServiceUrl("web", f"https://{_HOST}:{site.port}"))

    assert len(context.get_ca_certs()) == len(trusted(None).get_ca_certs()) + 1


def test_a_file_that_is_none_is_named_with_the_cure(tmp_path: Path) -> None:
    """Who mistypes the path, or names a file without certificates, reads so when the worker starts."""
    (tmp_path / "empty").touch()

    for name in ("empty", "absent"):
        with pytest.raises(PermanentError, match=f"{name} has no certificates .* MATINEE_AUTHORITIES") as refusal:
            trusted(tmp_path / name)
        assert refusal.value.reason is Reason.SETTINGS
