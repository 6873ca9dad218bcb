"""A page of the documentation as something to be typed: its blocks of commands, in order, at a server of the test's."""

import asyncio
import os
import re
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def blocks(page: str) -> list[str]:
    """Every block of commands of this page, in order."""
    return re.findall(r"^```bash\n(.*?)^```$", (DOCS / page).read_text(), re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Typed:
    """What a block came to."""

    code: int
    out: str


@dataclass(frozen=True)
class Shell:
    """A shell that finds programs in these folders first, in which the page's examples stand for the test's own."""

    folders: tuple[Path, ...]
    examples: Mapping[str, str]
    exports: str = ""

    async def __call__(self, block: str) -> Typed:
        """What this block came to; both outputs as one, as a user sees them."""
        process = await asyncio.create_subprocess_exec(
            *("bash", "-eu", "-c", self.own(f"{self.exports}\n{block}")),
            env={"PATH": os.pathsep.join((*map(str, self.folders), os.environ["PATH"])), "HOME": "/nonexistent"},
            stdout=PIPE,
            stderr=STDOUT,
        )
        out, _ = await process.communicate()
        return Typed(process.returncode or 0, out.decode())

    def own(self, text: str) -> str:
        """The text with the test's own names in the examples' places."""
        for example, mine in self.examples.items():
            text = text.replace(example, mine)
        return text
