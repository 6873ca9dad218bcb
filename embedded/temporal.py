"""Temporal: the development server with its UI, from the wheel, keeping its data in one SQLite file."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from temporalio.common import SearchAttributeIndexedValueType
from temporalio.service import ConnectConfig, RPCError, ServiceClient

from embedded.ports import HOST
from embedded.processes import Program, Running, running
from embedded.programs import beside_python


@dataclass(frozen=True, kw_only=True)
class Temporal:
    """Where the server and its UI answer."""

    address: str
    ui_url: str
    process: Running = field(repr=False, compare=False)


@asynccontextmanager
async def temporal(
    folder: Path,
    *,
    port: int,
    ui_port: int,
    search_attributes: Mapping[str, SearchAttributeIndexedValueType],
    dynamic_config: Mapping[str, str] | None = None,
    in_memory: bool = False,
) -> AsyncGenerator[Temporal]:
    """A server that answers inside the block and knows these search attributes; `folder` keeps its data.

    `dynamic_config` are further settings of the server, the values in JSON.
    """
    program = Program(
        name="Temporal",
        command=(
            *(beside_python("temporal"), "server", "start-dev", "--ip", HOST, "--log-level", "warn"),
            *("--port", str(port), "--ui-port", str(ui_port), "--ui-disable-news-fetch"),
            *(() if in_memory else ("--db-filename", str(folder / "temporal.sqlite"))),
            *(f"--search-attribute={name}={_type_name(kind)}" for name, kind in search_attributes.items()),
            *(f"--dynamic-config-value={name}={value}" for name, value in (dynamic_config or {}).items()),
        ),
        folder=folder,
        environment={"TEMPORAL_VERSION_CHECK_DISABLED": "true"},
        ports=(port, ui_port),
        cure=f"Its log says more. Without {folder} it begins anew, and what it knew is lost.",
    )
    address = f"{HOST}:{port}"

    async def ready() -> bool:
        return await _serves(address)

    async with running(program, ready) as process:
        yield Temporal(address=address, ui_url=f"http://{HOST}:{ui_port}", process=process)


async def _serves(address: str) -> bool:
    """Whether the server says of itself that it serves workflows."""
    try:
        client = await ServiceClient.connect(ConnectConfig(target_host=address))
        return await client.check_health()
    except (RuntimeError, RPCError):
        # RuntimeError is how the client says that nobody listens.
        return False


def _type_name(kind: SearchAttributeIndexedValueType) -> str:
    """The type as the command line spells it: `Keyword`, `Int`, `KeywordList`."""
    return kind.name.title().replace("_", "")
