"""Reading `.matinee.yaml`: what people may write, and what they are told when it is wrong."""

import pytest

from adapters.definitions.reading import YamlDefinitions
from domain.definitions import DatabaseDefinition, Definition, Resources, Service
from domain.errors import MESSAGE_LIMIT, PermanentError
from domain.phases import Reason

_WHOLE = """
version: 1
services:
  web:
    build: python3 build.py --name "the shop"
    command: [python3, -m, shop.web]
    port: 8000
    public: true
    health: /healthz
    environment: {API_URL: "{api.url}", WORKERS: 2, DEBUG: false, ANSWER: no, OCTAL: 0123, TIME: 12:30}
    resources: {cpu: 250m, memory: 1Gi, processes: 32}
  api:
    image: registry.example.com/shop/api:pr-{number}-{commit}
    port: 8001
    public: true
database:
  service: api
  migrate: python3 -m shop.migrate
  migrations: migrations
  seed: python3 -m shop.seed
  seed_files: [seed]
  variable: DATABASE
flags: {new_checkout: true}
lifetime: 1d12h
"""

_SERVICE = "version: 1\nservices:\n  web: {{build: make, command: serve, port: 80, public: true, {}}}\n"


def _read(text: str) -> Definition:
    return YamlDefinitions().read(text.encode())


def _refused(text: str | bytes) -> list[str]:
    """The lines of the refusal, without its heading."""
    with pytest.raises(PermanentError) as refusal:
        YamlDefinitions().read(text if isinstance(text, bytes) else text.encode())
    assert refusal.value.reason is Reason.DEFINITION_INVALID
    heading, *lines = refusal.value.message.splitlines()
    assert heading == ".matinee.yaml:"
    return lines


def test_everything_that_can_be_written_is_read() -> None:
    """Commands as in a shell or as lists, memory and cores as in Kubernetes, lifetimes as people say them."""
    web = Service(
        name="web",
        build=("python3", "build.py", "--name", "the shop"),
        command=("python3", "-m", "shop.web"),
        port=8000,
        public=True,
        health="/healthz",
        environment={
            "API_URL": "{api.url}",
            "WORKERS": "2",
            "DEBUG": "false",
            "ANSWER": "no",
            "OCTAL": "0123",
            "TIME": "12:30",
        },
        resources=Resources(cpu=0.25, memory_mib=1024, processes=32),
    )
    api = Service(name="api", image="registry.example.com/shop/api:pr-{number}-{commit}", port=8001, public=True)
    database = DatabaseDefinition(
        service="api",
        migrate=("python3", "-m", "shop.migrate"),
        migrations="migrations",
        seed=("python3", "-m", "shop.seed"),
        seed_files=("seed",),
        variable="DATABASE",
    )

    assert _read(_WHOLE) == Definition(
        version=1, services=(web, api), database=database, flags={"new_checkout": "true"}, lifetime_hours=36
    )


def test_what_is_left_out_has_the_domains_defaults() -> None:
    """The smallest definition is four lines, and everything else is as documented."""
    definition = _read(_SERVICE.format(""))

    service = Service(name="web", build=("make",), command=("serve",), port=80, public=True)
    assert definition == Definition(version=1, services=(service,))


def test_several_problems_are_told_at_once_each_with_its_line_and_cure() -> None:
    """I mend my file once, not once for every mistake."""
    lines = _refused(
        "version: 1\nservices:\n  web:\n    biuld: make\n    command: serve\n    port: eighty\n"
        "    public: yes\n  Web-1: {image: a}\ndatabase: nothing\n"
    )

    assert lines[:3] == [
        "line 4: services.web.biuld: biuld is not known here; did you mean build?",
        'line 6: services.web.port: "eighty" is no port; write a whole number from 1 to 65535, such as 8000',
        'line 7: services.web.public: "yes" says neither yes nor no; write true or false',
    ]
    assert lines[3].startswith(
        'line 8: services.Web-1: "Web-1" is no name of a service; write at most 20 small letters'
    )
    assert lines[4].startswith('line 9: database: "nothing" is no mapping; write lines such as `name: value`')


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("port: 65536", "services.web.port: 65536 is no port"),
        ("health: healthz", 'services.web.health: "healthz" is no path of a URL'),
        ("health: //evil.test/", 'services.web.health: "//evil.test/" is no path of a URL'),
        ("command: python3 'x", 'services.web.command: "python3 \'x" is no command'),
        ("command: []", "services.web.command: a list is no command"),
        ("image: 'web:{branch}'", "only {number} and {commit} are filled in"),
        ("environment: {2X: a}", 'services.web.environment.2X: "2X" is no name of a variable'),
        ("environment: {RATE: 1.50}", "services.web.environment.RATE: 1.5 is no text"),
        ("resources: {memory: 512MB}", 'services.web.resources.memory: "512MB" is no amount of memory'),
        ("resources: {cpu: 0}", "services.web.resources.cpu: 0 is no number of cores"),
        ("resources: {disk: 1}", "disk is not known here; write one of cpu, memory, processes"),
    ],
)
def test_a_wrong_value_is_quoted_and_cured(written: str, said: str) -> None:
    """I read which value is wrong and what to write in its place."""
    fields = {"build": "make", "command": "serve", "port": "80", "public": "true"}
    name, _, value = written.partition(": ")
    text = "".join(f"    {key}: {value}\n" for key, value in (fields | {name: value}).items())

    assert any(said in line for line in _refused(f"version: 1\nservices:\n  web:\n{text}"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_SERVICE.format("image: a"), "has to have exactly one of image and build"),
        ("version: 1\nservices: {web: {build: a, command: b, public: true}}", "is public and has no port"),
        ("version: 1\nservices: {web: {build: a, port: 1, public: true}}", "has no command; write the command"),
        ("version: 1\nservices: {web: {image: a}}", "line 2: services: none is public"),
        ("version: 1\nservices: {web: {build: a, command: b $PORT}}", '"$PORT" would stay as it is; write sh -c'),
        ("version: 1\nservices: {web: {build: a && b, command: c}}", "services.web.build: is run without a shell"),
        (_SERVICE.format("") + "database: {migrate: a | b, migrations: c}", "database.migrate: is run without a shell"),
        (_SERVICE.format("environment: {A: '{api.url}'}"), '"{api.url}" names no public service; write {web.url}'),
        (_SERVICE.format("environment: {A: '{Web.url}'}"), '"{Web.url}" names no public service'),
        (_SERVICE.format("environment: {PORT: '1'}"), "services.web.environment.PORT: PORT is set"),
        (_SERVICE.format("environment: {MATINEE_X: '1'}"), "names that begin with MATINEE_ are Matinee's own"),
        (_SERVICE.format("environment: {DATABASE_URL: x}") + "database: {}", "gets the database's connection"),
        (_SERVICE.format("") + "database: {service: api}", 'line 4: database.service: "api" is no service'),
        (_SERVICE.format("") + "database: {migrate: a}", "write migrations: and the folder"),
        (_SERVICE.format("") + "database: {migrations: a}", "write migrate: and its command"),
        (_SERVICE.format("") + "database: {migrate: a, migrations: a/../../b}", "leads out of the repository"),
        (_SERVICE.format("") + "database: {migrate: a, migrations: /etc}", "is no path inside the repository"),
        (_SERVICE.format("") + "database: {seed_files: [a]}", "has no meaning without seed"),
        (_SERVICE.format("") + "database: {variable: PORT}", "database.variable: PORT is set"),
        (_SERVICE.format("") + "lifetime: 5", "lifetime: 5 is no lifetime; write hours, days and weeks"),
        (_SERVICE.format("") + "lifetime: 91d", "is longer than 90 days"),
        (_SERVICE.format("") + "flags: {MATINEE_X: a}", "names that begin with MATINEE_"),
        ("version: 2\nservices: {}", "this Matinee reads version 1 only"),
        ("", "services: is missing; write at least one service"),
        ("version: 1\nservices: {}", "services: is empty; write at least one service"),
        ("- a", "a list is no mapping"),
    ],
)
def test_what_contradicts_itself_is_refused_with_the_cure(text: str, said: str) -> None:
    """What reads well and cannot work is told before anything is made."""
    assert any(said in line for line in _refused(text))


def test_a_message_stays_short_whatever_was_written() -> None:
    """A stranger's file cannot fill a comment, nor write lines of its own into it."""
    services = "".join(f'  "s{number}\\nline 1: all is well": {{port: {"9" * 500}}}\n' for number in range(9))

    lines = _refused(f"version: 1\nservices:\n{services}")

    assert sum(map(len, lines)) <= MESSAGE_LIMIT
    assert not any(line.startswith("line 1: all") for line in lines)
