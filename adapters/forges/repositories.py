"""Repositories: the questions that a local forge asks of one bare repository, and git's answers as values."""

import re
from dataclasses import dataclass
from pathlib import Path

from adapters.forges.gitting import run
from adapters.forges.numbering import BRANCHES, Tip
from domain.errors import PermanentError
from domain.phases import Reason

FILE_LIMIT = 1024 * 1024
"""Bytes of a file that is read whole: a definition is some hundred, and a stranger may write anything."""

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FORMAT = "%00".join(f"%({name})" for name in ("refname", "objecttype", "objectname", "authorname", "contents:subject"))
_AUTHOR_LIMIT = 100
_TITLE_LIMIT = 300


@dataclass(frozen=True, kw_only=True)
class Refs:
    """Where every branch stands at one moment; `default_tip` is empty while the default branch has no commit."""

    default_branch: str
    default_tip: str
    tips: dict[str, Tip]


@dataclass(frozen=True)
class TreeFile:
    """A file of a commit: what git calls its mode and its object, its size in bytes, its path."""

    mode: str
    digest: str
    size: int
    path: str

    @property
    def is_regular(self) -> bool:
        """Whether it is a file of its own; a symbolic link holds nothing but another path."""
        return self.mode.startswith("100")


async def refs(folder: Path) -> Refs:
    """All branches now, the default one told apart."""
    head = text(await run(folder, "symbolic-ref", "--quiet", "HEAD", accepted=(0, 1))).strip()
    if not head:
        raise PermanentError(
            f"{folder.name} has no default branch; name it with `git symbolic-ref HEAD {BRANCHES}main`",
            reason=Reason.FORGE_REFUSED,
        )
    answer = text(await run(folder, "for-each-ref", f"--format={_FORMAT}", "--", BRANCHES))
    rows = [line.split("\0") for line in answer.split("\n") if line]
    tips = {
        ref.removeprefix(BRANCHES): Tip(commit=commit, author=author[:_AUTHOR_LIMIT], title=title[:_TITLE_LIMIT])
        for ref, kind, commit, author, title in rows
        if kind == "commit"
    }
    default = head.removeprefix(BRANCHES)
    tip = tips.pop(default, None)
    return Refs(default_branch=default, default_tip=tip.commit if tip else "", tips=tips)


async def merge_base(folder: Path, head: str, default_tip: str) -> str:
    """The commit where a branch left the default branch; the default branch's own if they share none.

    Of a closed pull request git may have thrown the commits away; then it is the default branch's own too.
    """
    if not default_tip:
        return ""
    found = await run(
        folder, "merge-base", "--", checked_commit(default_tip), checked_commit(head), accepted=(0, 1, 128)
    )
    return text(found).strip() or default_tip


async def tree(folder: Path, commit: str, path: str) -> tuple[TreeFile, ...]:
    """The file at this path or all files below it, by path; PermanentError if there is no such commit."""
    beneath = checked_path(path)
    where = ("--", beneath) if beneath else ()
    answer = await run(folder, "ls-tree", "-r", "-z", "-l", "--full-tree", checked_commit(commit), *where)
    rows = [row.partition("\t") for row in text(answer).split("\0") if row]
    return tuple(
        sorted(
            (TreeFile(*_facts(facts), path) for facts, _, path in rows if " blob " in facts), key=lambda file: file.path
        )
    )


async def content(folder: Path, file: TreeFile) -> bytes:
    """The bytes of a file, no filter applied; PermanentError if there are more than FILE_LIMIT."""
    if file.size > FILE_LIMIT:
        raise PermanentError(
            f"{file.path} has {file.size} bytes; the local forge reads files of at most {FILE_LIMIT}",
            reason=Reason.FORGE_REFUSED,
        )
    return await run(folder, "cat-file", "blob", checked_commit(file.digest), limit=FILE_LIMIT)


def checked_commit(commit: str) -> str:
    """The commit, which is a whole object id and nothing that git could take for anything else."""
    if _COMMIT.fullmatch(commit) is None:
        raise PermanentError(f"{commit!r} is no commit; give all of its id", reason=Reason.FORGE_REFUSED)
    return commit


def checked_path(path: str) -> str:
    """The path without its last slash, within the repository; the repository's root is the empty one."""
    parts = path.rstrip("/").split("/")
    odd = path.startswith(("-", "/")) or "\0" in path or any(part in {"", ".", ".."} for part in parts)
    if odd and path not in {"", "."}:
        raise PermanentError(
            f"{path!r} is no path in a repository; write it from its root", reason=Reason.FORGE_REFUSED
        )
    return "" if path == "." else path.rstrip("/")


def text(answer: bytes) -> str:
    r"""What git wrote as text that can be kept as JSON; a byte that is no UTF-8 is written as `\xff`.

    Git allows no backslash in a branch's name, so that two branches never look the same.
    """
    return answer.decode(errors="backslashreplace")


def _facts(facts: str) -> tuple[str, str, int]:
    mode, _, digest, size = facts.split()
    return mode, digest, int(size)
