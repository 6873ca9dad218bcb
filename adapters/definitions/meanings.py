"""What no schema can say of a definition: what its parts have to do with each other."""

import re
from collections.abc import Iterator

from adapters.definitions.rendered import Finding, described, of_rendering
from adapters.documents.parsing import Document
from adapters.documents.problems import Place, Problem, dotted, quoted
from domain.definitions import DatabaseDefinition, Definition, Service, references

_ADDRESS = re.compile(r"\{([^{}]*)\.url\}")
_FOR_A_SHELL = re.compile(r"\$\{?[A-Za-z_]\w*\}?|&&|\|\|?")
_OURS = "MATINEE_"
_LONGEST_HOURS = 90 * 24


def contradictions(definition: Definition, document: Document) -> list[Problem]:
    """Everything in this definition that contradicts itself, with the cures."""
    of_service = described if definition.rendering else _of_service
    found = [
        *(finding for service in definition.services for finding in of_service(service, definition)),
        *(
            finding
            for service in definition.services
            for name in service.environment
            for finding in _of_variable(service, name, definition)
        ),
        *of_rendering(definition, document.value),
        *(_of_database(definition.database, definition) if definition.database else ()),
        *((("flags", name), _owned(name)) for name in definition.flags if _owned(name)),
        *_of_all(definition),
    ]
    return [Problem(document.line(place), dotted(place), sentence) for place, sentence in found]


def _of_all(definition: Definition) -> Iterator[Finding]:
    if not definition.public:
        yield ("services",), "none is public, so the preview would have no URL; write public: true and a port at one"
    if (definition.lifetime_hours or 0) > _LONGEST_HOURS:
        yield ("lifetime",), "is longer than 90 days; write less, and pin the preview that should stay"


def _of_service(service: Service, _: Definition) -> Iterator[Finding]:
    place = ("services", service.name)
    if (service.image is None) == (service.build is None):
        yield place, "has to have exactly one of image and build; write build: and the command that builds it"
    if service.build is not None and not service.command:
        yield place, "is built from the commit and has no command; write the command that starts it"
    if service.public and service.port is None:
        yield place, "is public and has no port; write a port such as 8000"
    for field, words in (("command", service.command), ("build", service.build or ())):
        yield from _of_words((*place, field), words)


def _of_words(place: Place, words: tuple[str, ...]) -> Iterator[Finding]:
    """A command that was meant for a shell, which none reads: its program would be given the signs themselves."""
    for word in words:
        if _FOR_A_SHELL.fullmatch(word):
            yield place, f"is run without a shell, so {quoted(word)} would stay as it is; write sh -c '...' around it"
            return


def _of_variable(service: Service, name: str, definition: Definition) -> Iterator[Finding]:
    place = ("services", service.name, "environment", name)
    if _owned(name):
        yield place, _owned(name)
    if definition.database and name == definition.database.variable:
        yield place, "is the variable that gets the database's connection; leave it out, or set database.variable"
    public = {other.name for other in definition.public}
    wanted = set(_ADDRESS.findall(service.environment[name]))
    for other in sorted(wanted - (references(service) & public)):
        example = f"{{{min(public)}.url}}" if public else "the name of a public service"
        yield place, f"{quoted('{' + other + '.url}')} names no public service; write {example}"


def _of_database(database: DatabaseDefinition, definition: Definition) -> Iterator[Finding]:
    names = [service.name for service in definition.services]
    if database.service and database.service not in names:
        cure = f"write one of {', '.join(names)}"
        yield ("database", "service"), f"{quoted(database.service)} is no service of this file; {cure}"
    for field, words in (("migrate", database.migrate), ("seed", database.seed)):
        yield from _of_words(("database", field), words or ())
    if bool(database.migrate) != bool(database.migrations):
        missing = "migrations: and the folder they are in" if database.migrate else "migrate: and its command"
        yield ("database",), f"migrate and migrations belong together; write {missing}"
    if database.seed_files and not database.seed:
        yield ("database", "seed_files"), "has no meaning without seed; write seed: and its command"
    if _owned(database.variable):
        yield ("database", "variable"), _owned(database.variable)
    for place, path in _paths(database):
        if ".." in path.split("/"):
            yield place, f"{quoted(path)} leads out of the repository; write it from the root, without `..`"


def _paths(database: DatabaseDefinition) -> Iterator[tuple[Place, str]]:
    yield ("database", "migrations"), database.migrations
    for index, path in enumerate(database.seed_files):
        yield ("database", "seed_files", index), path


def _owned(name: str) -> str:
    if name == "PORT":
        return "PORT is set to the service's port by Matinee; leave it out, or write another name"
    return f"names that begin with {_OURS} are Matinee's own; write another name" if name.startswith(_OURS) else ""
