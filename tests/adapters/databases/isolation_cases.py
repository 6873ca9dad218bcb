"""What a pull request's code may try as its preview's own role: each statement, and whether the server lets it.

`{mine}` and `{theirs}` are the databases and roles of two previews, `{seed}` what both are copied from, `{their_pid}`
the neighbour's session. A refused statement is refused for lack of a right, with the SQLSTATE 42501 unless the case
names another one. An allowed one is what migrations need, and changes nothing outside of the preview's own database.
"""

from dataclasses import dataclass

DENIED = "42501"
"""insufficient_privilege"""


@dataclass(frozen=True)
class Case:
    """One statement, what it would reach, and the SQLSTATE that refuses it; None where it is allowed."""

    where: str
    statement: str
    refused: str | None = DENIED

    def __str__(self) -> str:
        return f"{self.where}: {self.statement}"


def _refused(where: str, *statements: str) -> tuple[Case, ...]:
    return tuple(Case(where, statement) for statement in statements)


DATABASES = ("{theirs}", "{seed}", "preview_admin", "postgres", "template1", "template0")
"""What a preview cannot even connect to."""

NEIGHBOUR = _refused(
    "neighbour",
    "DROP DATABASE {theirs}",
    "CREATE DATABASE pr_taken TEMPLATE {theirs}",
    "ALTER DATABASE {theirs} SET statement_timeout = 1",
    "ALTER DATABASE {theirs} RENAME TO pr_taken",
    "ALTER DATABASE {theirs} ALLOW_CONNECTIONS false",
    "COMMENT ON DATABASE {theirs} IS 'mine'",
    "GRANT CONNECT ON DATABASE {theirs} TO {mine}",
    "SELECT pg_database_size('{theirs}')",
    "ALTER ROLE {theirs} PASSWORD 'x'",
    "ALTER ROLE {theirs} SET search_path = nowhere",
    "DROP ROLE {theirs}",
    "DROP OWNED BY {theirs}",
    "COMMENT ON ROLE {theirs} IS 'mine'",
    "GRANT {theirs} TO {mine}",
    "SET ROLE {theirs}",
    "SET SESSION AUTHORIZATION {theirs}",
    "ALTER TABLE notes OWNER TO {theirs}",
    "SELECT pg_terminate_backend({their_pid})",
    "SELECT pg_cancel_backend({their_pid})",
)
SEED = _refused(
    "seed",
    "DROP DATABASE {seed}",
    "CREATE DATABASE pr_taken TEMPLATE {seed}",
    "ALTER DATABASE {seed} ALLOW_CONNECTIONS true",
    "ALTER DATABASE {seed} IS_TEMPLATE false",
    "ALTER DATABASE {seed} RENAME TO seed_taken",
    "COMMENT ON DATABASE {seed} IS 'mine'",
    "SET ROLE seed_owner",
    "REASSIGN OWNED BY seed_owner TO {mine}",
    "DROP OWNED BY seed_owner",
)
MAINTENANCE = _refused(
    "maintenance database",
    "DROP DATABASE preview_admin",
    "GRANT CONNECT ON DATABASE preview_admin TO {mine}",
    "SET ROLE matinee",
    "GRANT matinee TO {mine}",
    "ALTER ROLE matinee PASSWORD 'x'",
    "DROP ROLE matinee",
)
LIMITS = _refused(
    "own limits",
    "DROP DATABASE {mine}",
    "ALTER DATABASE {mine} CONNECTION LIMIT 1000",
    "ALTER DATABASE {mine} OWNER TO {mine}",
    "ALTER DATABASE {mine} RENAME TO pr_taken",
    "ALTER DATABASE {mine} SET TABLESPACE pg_default",
    "ALTER DATABASE {mine} IS_TEMPLATE true",
    "COMMENT ON DATABASE {mine} IS 'mine'",
    "COMMENT ON ROLE {mine} IS 'mine'",
    "ALTER ROLE {mine} CONNECTION LIMIT 1000",
    "ALTER ROLE {mine} CREATEDB",
    "ALTER ROLE {mine} SUPERUSER",
    "ALTER ROLE {mine} REPLICATION",
    "GRANT pg_signal_backend TO {mine}",
    "SET temp_file_limit = '1GB'",
    "SET log_statement = 'none'",
    "SET session_replication_role = replica",
    "SET session_preload_libraries = 'taken'",
    "ALTER ROLE {mine} SET temp_file_limit = -1",
)
RENAMED = Case("own limits", "ALTER ROLE {mine} RENAME TO pr_taken", refused="0A000")
SERVER = _refused(
    "server",
    "CREATE DATABASE pr_taken",
    "CREATE ROLE pr_taken",
    "ALTER ROLE ALL SET statement_timeout = 1",
    "ALTER SYSTEM SET work_mem = '1GB'",
    "SELECT pg_reload_conf()",
    "SELECT pg_rotate_logfile()",
    "SELECT pg_switch_wal()",
    "SELECT pg_create_restore_point('taken')",
    "SELECT pg_stat_reset()",
    "CHECKPOINT",
    "CREATE TABLESPACE taken LOCATION '/tmp'",
    "UPDATE pg_database SET datallowconn = true",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_shadow",
    "SELECT * FROM pg_hba_file_rules",
    "SELECT setting FROM pg_file_settings",
    "SHOW data_directory",
    "SHOW hba_file",
    "CREATE SUBSCRIPTION taken CONNECTION 'host=127.0.0.1' PUBLICATION p WITH (connect = false)",
    "CREATE PUBLICATION taken FOR ALL TABLES",
    "SELECT pg_create_physical_replication_slot('taken')",
    "SELECT pg_create_logical_replication_slot('taken', 'pgoutput')",
    "CREATE EVENT TRIGGER taken ON ddl_command_start EXECUTE FUNCTION nothing()",
    "CREATE FOREIGN DATA WRAPPER taken",
)
FILES = _refused(
    "server's files and programs",
    "COPY notes TO PROGRAM 'id'",
    "COPY notes FROM PROGRAM 'id'",
    "COPY notes FROM '/etc/passwd'",
    "COPY notes TO '/tmp/taken'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_read_binary_file('postgresql.conf')",
    "SELECT pg_stat_file('postgresql.conf')",
    "SELECT pg_ls_dir('base')",
    "SELECT pg_ls_waldir()",
    "SELECT pg_ls_logdir()",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(4242, '/tmp/taken')",
    "LOAD '/tmp/taken.so'",
    "CREATE FUNCTION taken(cstring) RETURNS int LANGUAGE c AS 'libc', 'system'",
    "CREATE FUNCTION taken(text) RETURNS text LANGUAGE internal AS 'pg_read_file_all'",
    "CREATE LANGUAGE taken HANDLER plpgsql_call_handler",
    "CREATE EXTENSION dblink",
    "CREATE EXTENSION postgres_fdw",
    "CREATE EXTENSION file_fdw",
)
REFUSED = (*NEIGHBOUR, *SEED, *MAINTENANCE, *LIMITS, RENAMED, *SERVER, *FILES)

_MIGRATIONS = (
    "ALTER TABLE notes ADD COLUMN author text",
    "CREATE INDEX ON notes (note)",
    "CREATE TABLE thing (id int PRIMARY KEY)",
    "DROP TABLE notes CASCADE",
    "LOCK TABLE notes",
    "ALTER SEQUENCE notes_id_seq RESTART 1000",
    "CREATE SCHEMA app2 CREATE TABLE thing (id int)",
    "DROP SCHEMA app CASCADE",
    "ALTER SCHEMA public RENAME TO earlier",
    "ALTER TYPE mood ADD VALUE 'glad'",
    "ALTER DOMAIN positive SET DEFAULT 1",
    "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'",
    "DO $$ BEGIN PERFORM 1; END $$",
    "ALTER VIEW seen OWNER TO CURRENT_USER",
    "REFRESH MATERIALIZED VIEW counted",
    "ALTER PUBLICATION changes SET (publish = 'insert')",
    "SELECT lo_unlink(4242)",
    "CREATE EXTENSION citext",
    "DROP EXTENSION pg_trgm",
    "COMMENT ON TABLE notes IS 'mine'",
    "CREATE TEMP TABLE passing (id int)",
    "SET statement_timeout = '5min'",
    "ALTER ROLE {mine} SET work_mem = '64MB'",
    "ANALYZE notes",
)
ALLOWED = tuple(Case("own database", statement, refused=None) for statement in _MIGRATIONS)

BUILT = (
    "CREATE EXTENSION pg_trgm",
    "CREATE SCHEMA app CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
    "CREATE TYPE mood AS ENUM ('sad', 'calm')",
    "CREATE DOMAIN positive AS int CHECK (value > 0)",
    "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION nothing() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM notes",
    "CREATE VIEW seen AS SELECT * FROM notes",
    "CREATE PUBLICATION changes FOR TABLE notes",
    "SELECT lo_create(4242)",
)
"""What the seed of the cases is built with, after its table `notes`."""
