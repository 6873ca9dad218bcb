"""Names and texts cannot leave their quotes, and the order of statements keeps its promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.databases import statements
from embedded.postgres import Postgres
from tests.adapters.databases.servers import entered


@given(st.text(alphabet=st.sampled_from("ab\"'\\;- \n$%"), min_size=1, max_size=12))
def test_an_identifier_cannot_be_left(name: str) -> None:
    """Whatever a name holds, all quotes inside are doubled."""
    inside = statements.identifier(name)[1:-1]

    assert inside.replace('""', "").count('"') == 0


@pytest.mark.server
async def test_the_server_reads_back_what_was_quoted(postgres: Postgres) -> None:
    """PostgreSQL itself agrees, whatever standard_conforming_strings is."""
    nasty = "it's \"a\" \\' ; drop -- $$ \n ü"
    async with entered(postgres.superuser_url) as session:
        for setting in ("on", "off"):
            await session.execute(f"SET standard_conforming_strings = {setting}")
            assert await session.fetchval(f"SELECT {statements.literal(nasty)}") == nasty
            row = await session.fetchrow(f"SELECT 1 AS {statements.identifier(nasty)}")
            assert row is not None
            assert list(row.keys()) == [nasty]


def test_nobody_may_connect_before_the_end() -> None:
    """The right to connect is given by the step that also says ready, and by no other."""
    steps = [
        statements.role("pr_a", exists=False, verifier="v", limit=1, comment="c"),
        (statements.copied("pr_a", template="t", strategy="WAL_LOG"),),
        statements.cloned("pr_a", limit=1, comment="c"),
        statements.handed_over("pr_a", schemas=["public"], source="s", target="pr_a"),
    ]

    assert not any("GRANT CONNECT" in statement for step in steps for statement in step)
    assert "ALLOW_CONNECTIONS false" in steps[1][0]
    assert "GRANT CONNECT" in statements.opened("pr_a", defaults={}, comment="c")[0]


def test_schemas_are_handed_over_first() -> None:
    """REASSIGN by a role without superuser fails unless the new owner may create in each schema."""
    step = statements.handed_over("pr_a", schemas=["app", "public"], source="seed_owner", target="pr_a")

    assert [statement.split()[0] for statement in step] == ["GRANT", "ALTER", "ALTER", "REASSIGN"]
