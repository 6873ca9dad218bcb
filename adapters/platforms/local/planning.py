"""Plans made from requests: which command runs in which copy, as which user, with which variables."""

from dataclasses import dataclass
from pathlib import Path

from adapters.platforms.local.places import PreviewPlaces, checked
from adapters.platforms.local.plans import Plan, ProcessPlan
from adapters.processes.confinements import usual_path
from adapters.processes.masking import secrets_of
from adapters.processes.users import Users
from domain.definitions import Resources
from domain.errors import PermanentError
from domain.manifests.flags import provided, variables
from domain.phases import Reason
from domain.requests import DeployRequest, RunRequest, ServiceRequest
from domain.resources import Connection, Image

_SCHEME = "file://"


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Makes plans for one installation. `users` is None where everything runs as our own user."""

    users: Users | None
    path: str | None

    def release(
        self, request: DeployRequest, connection: Connection | None, place: PreviewPlaces, sequence: int
    ) -> Plan:
        """The plan of a release, its services in the order of the request."""
        secret = _secret(request.variable, connection)
        added = variables(request.flags, str(place.flags)) | secret
        processes = tuple(self._service(service, added, request, place) for service in request.services)
        return Plan(processes=processes, sequence=sequence, secrets=_secrets(connection))

    def run(self, request: RunRequest, connection: Connection | None, folder: Path, seconds: float) -> Plan:
        """The plan of a command that runs to its end."""
        process = self._process(
            name="run",
            command=request.command,
            image=request.image,
            folder=folder / "run",
            user=f"{request.label}/runs/{folder.name}/",
            resources=request.resources,
            environment=request.environment | _secret(request.variable, connection),
            seconds=seconds,
        )
        return Plan(processes=(process,), secrets=_secrets(connection))

    def _service(
        self, request: ServiceRequest, added: dict[str, str], whole: DeployRequest, place: PreviewPlaces
    ) -> ProcessPlan:
        service = request.service
        return self._process(
            name=checked(service.name),
            command=service.command,
            image=request.image,
            folder=place.release(whole.release) / service.name,
            user=f"{whole.label}/releases/{whole.release}/{service.name}",
            resources=service.resources,
            environment=provided(whole.flags, str(place.flags)) | request.environment | added,
            listens=service.port is not None,
            host=host_of(request.url.url) if request.url else "",
            health=service.health,
        )

    def _process(
        self,
        *,
        name: str,
        command: tuple[str, ...],
        image: Image,
        folder: Path,
        user: str,
        resources: Resources,
        environment: dict[str, str],
        listens: bool = False,
        host: str = "",
        health: str = "/",
        seconds: float | None = None,
    ) -> ProcessPlan:
        if not command:
            raise PermanentError(
                f"the service {image.service} has no command; give it one in the definition",
                reason=Reason.PLATFORM_REFUSED,
            )
        return ProcessPlan(
            name=name,
            command=command,
            source=str(_tree(image)),
            folder=str(folder),
            log=f"{folder}.log",
            path=self.path or usual_path(),
            memory_mib=resources.memory_mib,
            processes=resources.processes,
            user=self.users.of(user) if self.users else None,
            listens=listens,
            host=host,
            health=health,
            seconds=seconds,
            environment=environment,
        )


def host_of(url: str) -> str:
    """The host of a URL, without its port."""
    return url.partition("://")[2].partition("/")[0].partition(":")[0]


def _tree(image: Image) -> Path:
    if not image.reference.startswith(_SCHEME):
        raise PermanentError(
            f"the image of {image.service} is {image.reference}, and the local platform runs only what is built from "
            "the commit; give the service `build` and `command` in place of `image`, or use another platform",
            reason=Reason.PLATFORM_REFUSED,
        )
    tree = Path(image.reference.removeprefix(_SCHEME))
    if not tree.is_dir():
        raise PermanentError(
            f"the tree of {image.service} is not there any more; redeploy, so that it is built again",
            reason=Reason.IMAGE_MISSING,
        )
    return tree


def _secret(variable: str, connection: Connection | None) -> dict[str, str]:
    return {variable: connection.url} if connection and variable else {}


def _secrets(connection: Connection | None) -> tuple[str, ...]:
    return secrets_of(connection.url) if connection else ()
