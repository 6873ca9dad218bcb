"""References of images, as people write them and as the distribution specification takes them apart."""

import re
from dataclasses import dataclass

_DOCKER_HUB = "docker.io"
_DOCKER_HUB_API = "registry-1.docker.io"

_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    r"(?:(?P<host>(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+(?::[0-9]{1,5})?)/)?"
    rf"(?P<repository>{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}))?"
)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One image: the registry's host, the repository there, and the tag or digest that is asked for."""

    host: str
    repository: str
    wanted: str

    @property
    def api(self) -> str:
        """The host that answers for this registry."""
        return _DOCKER_HUB_API if self.host == _DOCKER_HUB else self.host

    def pinned(self, digest: str) -> str:
        """The same image by its digest, which no later push can change."""
        return f"{self.host}/{self.repository}@{digest}"

    def __str__(self) -> str:
        separator = "@" if ":" in self.wanted else ":"
        return f"{self.host}/{self.repository}{separator}{self.wanted}"


def filled(template: str, *, number: int, commit: str) -> str:
    """The template with the pull request's number and the commit in their places."""
    return template.replace("{number}", str(number)).replace("{commit}", commit)


def parsed(text: str) -> Reference:
    """The reference; ValueError if it is none. Without a host it is one of Docker Hub, as everywhere.

    >>> str(parsed("nginx"))
    'docker.io/library/nginx:latest'
    >>> parsed("localhost:5000/shop/web:pr-12").host
    'localhost:5000'
    """
    match = _REFERENCE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no reference of an image")
    host, repository = match["host"] or "", match["repository"]
    if not _is_host(host):
        repository, host = "/".join(part for part in (host, repository) if part), _DOCKER_HUB
    if _REPOSITORY.fullmatch(repository) is None:
        raise ValueError(f"{text!r} is no reference of an image: its repository has other letters than small ones")
    if host == _DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return Reference(host=host.lower(), repository=repository, wanted=match["digest"] or match["tag"] or "latest")


_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")


def _is_host(text: str) -> bool:
    return "." in text or ":" in text or text == "localhost"
