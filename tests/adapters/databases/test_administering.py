"""An administrator prepares a server, in one go or with what others have to do, and repeats it without harm."""

import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import pytest

from adapters.databases.administering import prepare
from adapters.databases.passwords import scram_verifier
from adapters.databases.postgres import PostgresDatabase
from adapters.databases.preparing import Names, script
from adapters.databases.sessions import Server
from domain.errors import PermanentError
from domain.phases import Reason
from domain.preparations import Preparation
from embedded.postgres import Postgres
from tests import servers
from tests.adapters.databases.servers import RING, entered

PLANTED = "planted-password-of-ours"
RULER = "planted-password-of-the-administrator"

_ALL = """
SELECT rolname, rolpassword, rolsuper, rolcreatedb, rolcreaterole, rolconnlimit::text FROM pg_authid
UNION ALL SELECT roleid::text, member::text, admin_option, true, true, '' FROM pg_auth_members
UNION ALL SELECT datname, datacl::text, true, true, true, datdba::text FROM pg_database
UNION ALL SELECT setrole::text, setconfig::text, true, true, true, '' FROM pg_db_role_setting ORDER BY 1, 2
"""


@pytest.fixture(scope="module", params=sorted(servers.POSTGRES))
async def own(request: pytest.FixtureRequest) -> AsyncIterator[Postgres]:
    """A server that belongs to this file, as its tests open databases that all tests share."""
    with servers.open_folder() as folder:
        async with servers.postgres_server(folder, request.param) as server:
            async with entered(server.superuser_url) as session:
                await session.execute(f"CREATE ROLE ruler LOGIN CREATEDB CREATEROLE PASSWORD '{RULER}'")
                await session.execute("CREATE DATABASE ruler")
            yield server


@dataclass(frozen=True)
class Site:
    """New names on a server, whose postgres and template1 everybody may enter, as they are after initdb."""

    server: Postgres
    name: str
    password: str = PLANTED

    @property
    def names(self) -> Names:
        """The role has the name of its database, which is all that pg_hba.conf lets in."""
        return Names(user=self.name, seed_owner=f"seeds_{self.name}", maintenance=self.name)

    @property
    def ruler_url(self) -> str:
        """An administrator who may make roles and databases, and nothing else."""
        return f"postgresql://ruler:{RULER}@{self.server.host}:{self.server.port}/ruler"

    async def prepared(self, url: str) -> tuple[Preparation, ...]:
        """What became of it all."""
        place = Server(
            host=self.server.host,
            port=self.server.port,
            user=self.name,
            password=self.password,
            maintenance=self.name,
        )
        return await prepare(url, place, self.names, scram_verifier(self.password, secrets.token_bytes(16)))

    async def examined(self) -> tuple[str, ...]:
        """What the doctor still misses."""
        database = PostgresDatabase(
            instance="main",
            installation="prepared",
            host=self.server.host,
            port=self.server.port,
            user=self.name,
            password=self.password,
            maintenance=self.name,
            seed_owner=self.names.seed_owner,
            key_ring=RING,
            now=lambda: datetime.now(UTC),
        )
        return await database.examine()

    async def catalogue(self) -> list[str]:
        """All roles, memberships, databases and settings of roles."""
        async with entered(self.server.superuser_url) as session:
            return [str(row) for row in await session.fetch(_ALL)]


async def _site(server: Postgres) -> Site:
    async with entered(server.superuser_url) as session:
        await session.execute("GRANT CONNECT, TEMPORARY ON DATABASE postgres, template1 TO PUBLIC")
    return Site(server, f"set_{secrets.token_hex(3)}")


def _problems(made: tuple[Preparation, ...]) -> dict[str, str]:
    return {each.words: each.cure for each in made if each.problem}


@pytest.mark.server
async def test_a_superuser_prepares_a_server_in_one_go(own: Postgres) -> None:
    """Afterwards the doctor misses nothing, and doing it again sends nothing and changes nothing."""
    site = await _site(own)

    first = await site.prepared(own.superuser_url)
    missing, before = await site.examined(), await site.catalogue()
    second = await site.prepared(own.superuser_url)

    assert _problems(first) == _problems(second) == {}
    assert missing == ()
    assert [each.sent for each in second if each.sent] == []
    assert await site.catalogue() == before
    assert PLANTED not in str(first) + str(before)
    assert "SCRAM-SHA-256" not in str(first)


@pytest.mark.server
async def test_what_an_administrator_may_not_do_is_told_with_what_a_superuser_sends(own: Postgres) -> None:
    """As on a hosted server all else is done, and once somebody has sent what is named, nothing is left."""
    site = await _site(own)

    first = _problems(await site.prepared(site.ruler_url))
    before = await site.catalogue()
    again = _problems(await site.prepared(site.ruler_url))
    unchanged = await site.catalogue() == before
    async with entered(own.superuser_url) as session:
        for cure in first.values():
            await session.execute(cure.partition(": ")[2].partition(";")[0])
        member = await session.fetchval("SELECT pg_has_role('ruler', $1::name, 'USAGE')", site.name)
    last = await site.prepared(site.ruler_url)

    assert {"not everybody may enter template1", "not everybody may enter postgres"} <= set(first)
    assert all("superuser" in cure for cure in first.values())
    assert first == again
    assert unchanged
    assert not member
    assert _problems(last) == {}
    assert await site.examined() == ()


@pytest.mark.server
async def test_another_password_of_ours_is_put_in_force(own: Postgres) -> None:
    """I change the password in the settings, repeat the command, and only the new one leads in."""
    site = await _site(own)
    await site.prepared(own.superuser_url)
    changed = Site(own, site.name, "another-planted-password")

    made = await changed.prepared(own.superuser_url)

    assert [each.sent for each in made if each.sent] == [(f"ALTER ROLE \"{site.name}\" PASSWORD '…'",)]
    assert await changed.examined() == ()
    assert "password authentication failed" in "".join(await site.examined())


@pytest.mark.server
async def test_our_own_role_is_no_administrator(own: Postgres) -> None:
    """The settings' own role would be altered by itself; I am told to use another."""
    site = await _site(own)
    await site.prepared(own.superuser_url)

    with pytest.raises(PermanentError, match=f"that of {site.name}") as refused:
        await site.prepared(f"postgresql://{site.name}:{PLANTED}@{own.host}:{own.port}/{site.name}")

    assert refused.value.reason is Reason.SETTINGS


@pytest.mark.server
async def test_the_printed_sql_prepares_a_server_too(own: Postgres) -> None:
    """Who runs it by hand has the same server as who lets the command run it."""
    site = await _site(own)
    printed = script(site.names, scram_verifier(PLANTED, secrets.token_bytes(16)))

    async with entered(own.superuser_url) as session:
        for statement in re.sub(r"(?m)--.*$", "", printed).strip().removesuffix(";").split(";"):
            await session.execute(statement)

    assert [each.sent for each in await site.prepared(own.superuser_url) if each.sent or each.problem] == []
    assert PLANTED not in printed


@pytest.mark.parametrize("password", ["a#b", "a/b", "12#b", "a?b", "12/b", "[a"])
async def test_a_url_that_cannot_be_read_is_told_without_it(password: str) -> None:
    """A password with special characters is no reason to show any of it."""
    site = Server(host="127.0.0.1", port=9, user="matinee", password=PLANTED, maintenance="preview_admin")
    names = Names(user="matinee", seed_owner="seed_owner", maintenance="preview_admin")

    with pytest.raises(PermanentError, match="%23") as refused:
        await prepare(f"postgresql://ada:{password}@db.invalid/postgres", site, names, "")

    assert password not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.server
async def test_a_wrong_password_of_the_administrator_is_told_without_it(own: Postgres) -> None:
    """I read who was refused, and not by what."""
    site = await _site(own)

    with pytest.raises(PermanentError, match="ruler") as refused:
        await site.prepared(site.ruler_url.replace(RULER, "planted-and-wrong"))

    assert isinstance(refused.value.__cause__, asyncpg.InvalidPasswordError)
    assert "planted-and-wrong" not in str(refused.value) + str(refused.value.__cause__)
