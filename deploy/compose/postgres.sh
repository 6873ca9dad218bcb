# The server is prepared as docs/how-to/postgresql.md says; it runs once, when the server is made.
set -eu
# The password stands in no argument: psql takes it from the environment.
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres <<'END'
\getenv password MATINEE_PASSWORD
CREATE ROLE "matinee" LOGIN CREATEDB CREATEROLE CONNECTION LIMIT 40 PASSWORD :'password';
ALTER ROLE "matinee" SET client_connection_check_interval = '10s';
CREATE ROLE "seed_owner" NOLOGIN;
GRANT "seed_owner" TO "matinee";
GRANT "pg_signal_backend" TO "matinee";
CREATE DATABASE "preview_admin" OWNER "matinee";
REVOKE ALL ON DATABASE "preview_admin" FROM PUBLIC;
REVOKE CONNECT, TEMPORARY ON DATABASE "postgres" FROM PUBLIC;
REVOKE CONNECT, TEMPORARY ON DATABASE "template1" FROM PUBLIC;
END
