"""Plans: what a test cluster is to be like, decided outside of its namespaces and read inside."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "plan.json"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`name` is nobody else's on this machine. The ports are the same on both sides, so that URLs are too."""

    name: str
    api: int
    registry: int
    private: int
    http: int
    https: int

    @property
    def ports(self) -> list[int]:
        """All of them."""
        return [self.api, self.registry, self.private, self.http, self.https]

    @property
    def server(self) -> str:
        """The API server's URL."""
        return f"https://127.0.0.1:{self.api}"

    def write(self, folder: Path) -> None:
        """The folder holds this plan."""
        (folder / FILE).write_text(json.dumps(asdict(self)))


def read(folder: Path) -> Plan:
    """The plan that the folder holds."""
    return Plan(**json.loads((folder / FILE).read_text()))
