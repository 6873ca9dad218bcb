"""Administering: a server is made ready for previews by whoever may do so, and what they may not do is told.

Safe to repeat: what is so already is asked for first, and then nothing is sent.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import asyncpg

from adapters.databases import preparing
from adapters.databases.failures import translated
from adapters.databases.preparing import Names, Wish
from adapters.databases.sessions import CONNECT_WITHIN, Server, Session
from domain.errors import MatineeError, PermanentError
from domain.phases import Reason
from domain.preparations import Preparation

_SECONDS = 60.0
_PORT = 5432


async def prepare(url: str, server: Server, names: Names, verifier: str) -> tuple[Preparation, ...]:
    """What became of each thing that the server needs, by the administrator of this URL."""
    _require_same(url, server)
    async with _administrator(url) as session:
        if await session.fetchval("SELECT current_user = $1", names.user):
            raise PermanentError(
                f"the administrator's URL is that of {names.user}, which is Matinee's own role: use another one's",
                reason=Reason.SETTINGS,
            )
        wanted = preparing.wishes(names, verifier)
        made = [_masked(await _granted(session, names.user, wish), verifier) for wish in wanted]
        return (*made, _masked(await _login(session, server, verifier), verifier))


async def _granted(session: Session, user: str, wish: Wish) -> Preparation:
    if await session.fetchval(wish.question, *wish.names):
        return Preparation(words=wish.words)
    if not wish.statement:
        return Preparation(words=wish.words, problem="it is not so", cure=wish.cure)
    sent = await _statements(session, user, wish)
    said = [words for statement in sent if (words := await _refusal(session, statement))]
    # PostgreSQL answers a REVOKE by somebody who may not with a warning only, so it is asked again.
    if await session.fetchval(wish.question, *wish.names):
        return Preparation(words=wish.words, sent=sent)
    problem = said[0] if said else "the server did not refuse it, and it is not so all the same"
    return Preparation(words=wish.words, sent=sent, problem=problem, cure=_cure(wish))


async def _statements(session: Session, user: str, wish: Wish) -> tuple[str, ...]:
    """The wish's statement; where only a member of our role may send it, with a membership for just so long."""
    is_member = "SELECT coalesce(pg_has_role((SELECT oid FROM pg_roles WHERE rolname = $1), 'USAGE'), false)"
    if not wish.as_owner or await session.fetchval(is_member, user):
        return (wish.statement,)
    join, leave = preparing.membership(user)
    return join, wish.statement, leave


async def _refusal(session: Session, statement: str) -> str:
    """What the server says against this statement; empty if it took effect."""
    try:
        await session.execute(statement)
    except asyncpg.PostgresError as error:
        return f"{error.args[0] if error.args else 'refused'} ({error.sqlstate})"
    return ""


def _cure(wish: Wish) -> str:
    return " ".join(part for part in (f"{wish.whose}: {wish.statement};", wish.cure) if part)


async def _login(session: Session, server: Server, verifier: str) -> Preparation:
    """Matinee gets in by the password of the settings, which the role is given if it has another one."""
    words = f"{server.user} gets into {server.maintenance} at {server.host}:{server.port} by its password"
    problem = await _entered(server)
    if problem is None:
        return Preparation(words=words)
    if not isinstance(problem.__cause__, asyncpg.InvalidPasswordError):
        return Preparation(words=words, problem=problem.message, cure="mend that, then repeat this command")
    statement = preparing.password(server.user, verifier)
    refused = await _refusal(session, statement)
    problem = await _entered(server)
    if problem is None:
        return Preparation(words=words, sent=(statement,))
    cure = "as a superuser, or who made that role: the SQL that this command prints without an administrator"
    return Preparation(words=words, sent=(statement,), problem=refused or problem.message, cure=cure)


async def _entered(server: Server) -> MatineeError | None:
    """Why our own role does not get in; None if it does."""
    try:
        with translated(f"logging in as {server.user}"):
            async with server.session(label="setup", seconds=_SECONDS):
                return None
    except MatineeError as error:
        return error


@asynccontextmanager
async def _administrator(url: str) -> AsyncGenerator[Session]:
    _require_readable(url)
    with translated("preparing the server as its administrator"):
        try:
            session: Session = await asyncpg.connect(
                url,
                timeout=CONNECT_WITHIN,
                server_settings={"application_name": "matinee:setup", "statement_timeout": f"{_SECONDS:.0f}s"},
            )
        except ValueError:
            # What it says can repeat a part of the password.
            raise _unreadable() from None
        try:
            yield session
        finally:
            await session.close(timeout=CONNECT_WITHIN)


def _require_same(url: str, server: Server) -> None:
    """Returns if the URL leads to the server of the settings: one server's verifier must not be given to another."""
    _require_readable(url)
    parts = urlsplit(url)
    if (parts.hostname, parts.port or _PORT) != (server.host, server.port):
        raise PermanentError(
            f"the administrator's URL leads to {parts.hostname}:{parts.port or _PORT}, and the settings to "
            f"{server.host}:{server.port}: name the server whose URL it is by --server, or write the "
            "same host and port in both",
            reason=Reason.SETTINGS,
        )


def _require_readable(url: str) -> None:
    # A `#`, `?` or `/` in the password would make a host of its beginning, which an error would then repeat.
    try:
        parts = urlsplit(url)
    except ValueError:
        # It would repeat all between `//` and `/`.
        raise _unreadable() from None
    misread = parts.fragment or "@" in parts.path + parts.query
    if parts.scheme not in {"postgresql", "postgres"} or misread:
        raise _unreadable()


def _unreadable() -> PermanentError:
    return PermanentError(
        "the administrator's URL cannot be read: write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %23 for a # "
        "in the password, %3F for ?, %2F for /, %40 for @",
        reason=Reason.SETTINGS,
    )


def _masked(told: Preparation, verifier: str) -> Preparation:
    return replace(told, sent=tuple(statement.replace(verifier, "…") for statement in told.sent))
