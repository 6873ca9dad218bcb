"""Brings one commit of a repository elsewhere onto this machine, so that it can be exported like a local one."""

from pathlib import Path
from urllib.parse import urlsplit

from adapters.images.git_calling import output


def fetch(url: str, commit: str, target: Path, *, authorization: str, mark: Path) -> None:
    """`target` is a bare repository that has the commit; `authorization` is the value of the HTTP header, or empty.

    Secrets reach git by its environment alone, and none may stand in the URL: argv is for everybody to read.
    """
    output(target, "init", "--quiet", "--bare", str(target), mark=mark)
    settings = {"http.extraHeader": f"Authorization: {authorization}"} if authorization else {}
    output(
        target,
        *("fetch", "--quiet", "--no-tags", "--depth=1", "--", url, commit),
        mark=mark,
        settings=settings | {"http.followRedirects": "false"},
        protocol=urlsplit(url).scheme,
    )
