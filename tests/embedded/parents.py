"""A process of its own that starts all parts, says which processes they are, and waits to be ended.

python -m tests.embedded.parents FOLDER
"""

import asyncio
import json
import signal
import sys
from pathlib import Path

from activities import attributes
from embedded.everything import PORTS, everything
from embedded.leftovers import family


async def _main(folder: Path) -> None:
    """All parts run until a signal comes; the ports are any, so that runs do not meet."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    async with everything(folder, search_attributes=attributes.ALL, preferred=dict.fromkeys(PORTS, 0)) as parts:
        processes = (parts.temporal.process, parts.postgres.process, parts.traefik.process)
        pids = [member.pid for process in processes for member in family(process.pid)]
        sys.stdout.write(json.dumps(pids) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
