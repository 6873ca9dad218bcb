"""Takes a chart from a registry that the operator allows, before it is rendered without network like any other.

The definition of a stranger names the chart, so that a registry which the operator did not name is never asked.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.documents.problems import quotable
from adapters.processes.confinements import Confinement
from adapters.processes.folders import give
from adapters.processes.running import run, uninterrupted
from adapters.rendering.calling import ENVIRONMENT, Limits, Workplace, program, said_in
from adapters.rendering.problems import complaint, refused
from domain.errors import TemporaryError
from domain.phases import Reason
from domain.ports import Beat
from domain.renderings import OCI

_FOLDER = "pulled"
_CREDENTIALS = "home/registry.json"
_MAY_PASS = re.compile(r"connection refused|no such host|timeout|deadline exceeded|status code 5|: EOF|reset by peer")


@dataclass(frozen=True, kw_only=True)
class Charts:
    """Which registries charts may come from, as prefixes such as `registry.example.com/charts`; none without.

    `credentials` are user and password by the host of a registry; `plain_http` is for registries without TLS.
    """

    registries: tuple[str, ...] = ()
    credentials: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]], repr=False)
    plain_http: bool = False


async def pull(place: Workplace, chart: str, charts: Charts, *, name: str, limits: Limits, beat: Beat) -> str:
    """The chart is in the workplace, packed; its path there. TemporaryError if the registry cannot answer now."""
    reference = chart.removeprefix(OCI)
    _require_allowed(reference, charts)
    await uninterrupted(lambda: _prepare(place, charts))
    outcome = await run(_confinement(place, reference, charts, name, limits), beat)
    said = said_in(place)
    (place.root / _CREDENTIALS).unlink(missing_ok=True)
    found = sorted((place.root / _FOLDER).glob("*.tgz"))
    if outcome.exit_code or not found:
        words = complaint(said) if outcome.exit_code in {0, 1} else outcome.reason
        sentence = f"the chart {quotable(chart)} cannot be taken from its registry: {words}"
        if _MAY_PASS.search(said):
            raise TemporaryError(sentence, reason=Reason.PLATFORM_UNAVAILABLE)
        raise refused(sentence)
    return f"{_FOLDER}/{found[0].name}"


def _require_allowed(reference: str, charts: Charts) -> None:
    if any(reference.startswith(f"{prefix.rstrip('/')}/") for prefix in charts.registries):
        return
    allowed = ", ".join(charts.registries) or "no registry"
    raise refused(
        f"the chart {quotable(OCI + reference)} is not taken: charts come from {allowed} here; ask the operator to "
        "allow its registry, or put the chart into the repository"
    )


def _prepare(place: Workplace, charts: Charts) -> None:
    (place.root / _FOLDER).mkdir()
    if charts.credentials:
        # As `helm registry login` writes it. The file is this call's alone, and gone before anything is rendered.
        logins = {host: {"auth": _basic(*login)} for host, login in charts.credentials.items()}
        (place.root / _CREDENTIALS).touch(mode=0o600)
        (place.root / _CREDENTIALS).write_text(json.dumps({"auths": logins}), encoding="utf-8")
    give(place.root, place.user)


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _confinement(place: Workplace, reference: str, charts: Charts, name: str, limits: Limits) -> Confinement:
    bare, _, version = reference.rpartition(":") if "@" not in reference else (reference, "", "")
    command = (
        *(str(program(name)), "pull", f"{OCI}{bare}", f"--destination={_FOLDER}", f"--registry-config={_CREDENTIALS}"),
        *((f"--version={version}",) if version else ()),
        *(("--plain-http",) if charts.plain_http else ()),
    )
    return Confinement(
        command=command,
        folder=place.root,
        home=place.root / "home",
        log=place.log,
        mark=str(place.folder),
        environment=ENVIRONMENT,
        user=place.user,
        memory_mib=limits.memory_mib,
        processes=limits.processes,
        seconds=limits.seconds,
    )
