"""Migrations that failed: the pull request names the migration and the database's words, whatever tool ran them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.migrations import told
from domain.phases import Reason

PATHS = ("migrations/0001_shop.sql", "migrations/0002_prices.sql", "migrations/0003_badges.sql")

LOGS = {
    "psql": (
        "migrations/0002_prices.sql\nALTER TABLE\nmigrations/0003_badges.sql\n"
        'psql:migrations/0003_badges.sql:1: ERROR:  column "badge" of relation "products" already exists\n'
    ),
    "asyncpg": (
        "0003_badges …\nTraceback (most recent call last):\n"
        '  File "/app/shop/migrate.py", line 31, in run\n'
        'asyncpg.exceptions.DuplicateColumnError: column "badge" of relation "products" already exists\n'
    ),
    "alembic": (
        "INFO  [alembic.runtime.migration] Running upgrade 0002_prices -> 0003_badges, badges\n"
        'sqlalchemy.exc.ProgrammingError: (psycopg2.errors.DuplicateColumn) column "badge" of relation "products" '
        "already exists\n"
    ),
    "rails": (
        "== 0003_badges Badges: migrating =====\n"
        'PG::DuplicateColumn: ERROR:  column "badge" of relation "products" already exists\n'
    ),
    "django": (
        "  Applying shop.0003_badges...Traceback (most recent call last):\n"
        'django.db.utils.ProgrammingError: column "badge" of relation "products" already exists\n'
    ),
    "prisma": (
        "Migration name: 0003_badges\n\nDatabase error code: 42701\n\nDatabase error:\n"
        'ERROR: column "badge" of relation "products" already exists\n'
    ),
    "flyway": (
        "Migration 0003_badges.sql failed\nSQL State  : 42701\n"
        'Message    : ERROR: column "badge" of relation "products" already exists\n'
    ),
    "go": '0003_badges/u (12ms)\nerror: pq: column "badge" of relation "products" already exists\n',
}


@pytest.mark.parametrize("tool", LOGS)
def test_the_migration_and_the_databases_words_are_told(tool: str) -> None:
    """Nobody has to open a log to learn which migration failed and why."""
    found = told(LOGS[tool], PATHS)

    assert found.words.startswith("in migrations/0003_badges.sql. ")
    assert 'column "badge" of relation "products" already exists' in found.words
    assert found.reason is Reason.MIGRATION_FAILED


@pytest.mark.parametrize(
    ("log", "cure"),
    [
        ("ERROR:  out of shared memory\nHINT:  You might need to increase max_locks_per_transaction.", "raise max_lo"),
        ("ERROR:  could not extend file: No space left on device", "disk of the database server is full"),
        ('FATAL:  too many connections for role "pr_shop_12"', "no connection is left"),
    ],
)
def test_what_the_server_lacks_is_no_fault_of_the_migration(log: str, cure: str) -> None:
    """An operator is asked, and not the author of a migration that is as it should be."""
    found = told(log, PATHS)

    assert cure in found.words
    assert found.reason is Reason.DATABASE_UNAVAILABLE


def test_a_number_that_happens_to_be_a_code_means_nothing() -> None:
    """A migration that counts its rows is not taken for a server without connections."""
    found = told("inserted 53300 rows\nERROR:  no such column (SQLSTATE 42703)", PATHS)

    assert "no connection" not in found.words
    assert found.reason is Reason.MIGRATION_FAILED
    assert told("ERROR: failed (SQLSTATE 53300)").reason is Reason.DATABASE_UNAVAILABLE


def test_a_lock_that_is_held_is_told_as_such() -> None:
    """A migration that waits for its own preview's session is not called wrong."""
    found = told("ERROR:  canceling statement due to lock timeout", PATHS)

    assert "holds a lock" in found.words
    assert found.reason is Reason.MIGRATION_FAILED


def test_a_base_that_moved_ahead_is_told() -> None:
    """The author learns that merging the base may be all that is missing."""
    few = told("", PATHS, ("migrations/0003_stock.sql",))
    many = told("", PATHS, tuple(f"migrations/{number:04}.sql" for number in range(3, 9)))

    assert "its 0003_stock.sql may be in the seed already" in few.words
    assert "0005.sql and 3 more may be" in many.words


def test_a_name_that_is_the_beginning_of_another_is_not_taken_for_it() -> None:
    """`10` is not meant where `100` stands."""
    assert told("applying 100 …\nERROR: no", ("m/10.sql", "m/100.sql")).words.startswith("in m/100.sql")


@given(st.text(), st.lists(st.text(max_size=20), max_size=4), st.lists(st.text(max_size=20), max_size=4))
def test_any_log_is_told_in_one_line(log: str, migrations: list[str], ahead: list[str]) -> None:
    """What a pull request writes into its log neither breaks the report nor fills it."""
    words = told(log, migrations, ahead).words

    assert "\n" not in words
    assert len(words) < 2_000
