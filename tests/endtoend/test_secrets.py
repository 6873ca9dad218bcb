"""Secrets are planted, everything that can fail does, and then they are looked for wherever a person could look."""

import json
import stat
from fnmatch import fnmatch
from pathlib import Path

import httpx
import pytest

from starter.commands.trying import OWNER
from tests.endtoend import searching
from tests.endtoend.planting import PLANTED, WEBHOOK_SECRET
from tests.endtoend.processes import Done, matinee, ran
from tests.endtoend.repositories import Repository, shop_repository
from tests.endtoend.sets import Up
from tests.starter.deliveries import headers, pull_event
from tests.waiting import until

pytestmark = [pytest.mark.server, pytest.mark.slow]

HOLDERS = ("up.json", "keyring", "postgres/*.password", "previews/*/plan.json", "previews/*.log")
"""The files that must hold a secret, or what the application itself wrote: for their owner's eyes alone."""

TALKATIVE = """\
import os, sys
print(dict(os.environ), file=sys.stderr)
print("password authentication failed for", os.environ["DATABASE_URL"], file=sys.stderr)
sys.exit(3)
"""
"""A program that shows all that it knows, and fails."""


async def test_no_secret_is_found_where_a_person_could_look(up: Up, own: Path) -> None:
    """Histories, logs, comments, errors, command lines, page and status of a run with failures hold no secret."""
    repository = await shop_repository(own / "secrets")
    secrets = PLANTED | _servers_own(up)
    async with searching.watching_command_lines(secrets) as on_command_lines:
        said = [await _tried(up, repository)]
        secrets |= _previews_own(up)
        for path in ("shop/migrate.py", "shop/web.py"):
            said.append(await _failed(up, repository, path))
            # A database that was branched anew has a new password.
            secrets |= _previews_own(up)
        codes = await _deliver(up)
        shown = [await up.matinee(*words) for words in (["list"], ["show", KEY], ["logs", KEY], ["settings"])]
    page = await up.get(up.page)
    number, in_histories = await searching.in_histories(await up.client(), secrets)
    in_files = searching.in_files(up.data, secrets)

    assert [done.code for done in said] == [0, 1, 1]
    assert "failed: migration-failed" in said[1].text
    assert "failed: service-failed" in said[2].text
    # What failed is told, and only the secret in it is not.
    assert "password authentication failed for" in said[1].text + said[2].text
    assert codes == [401, 202]
    # The search finds what is there: in a payload, and in the files that must hold a secret.
    _, seen = await searching.in_histories(await up.client(), {"reason": "migration-failed"})
    assert (f"preview:{OWNER}/secrets:1", "reason") in seen
    assert {("up.json", "server password"), ("keyring", "made key")} <= in_files
    assert any(name.startswith("password") and place.endswith("plan.json") for place, name in in_files)
    assert number > 2
    printed = "\n".join((*(done.text for done in (*said, *shown)), page.text, up.printed))
    assert searching.in_text("printed", printed, secrets) == set()
    assert on_command_lines == set()
    assert in_histories == set()
    assert {place for place in in_files if not _may_hold(place[0])} == set()
    assert {place for place, _ in in_files if _mode(up.data / place) & 0o077} == set()


KEY = f"{OWNER}/secrets#1"


async def _tried(up: Up, repository: Repository) -> Done:
    return await ran(*matinee("try", str(repository.folder), "--data", str(up.data)))


async def _failed(up: Up, repository: Repository, path: str) -> Done:
    """How it ended with this file being talkative, and only this one."""
    kept = (repository.folder / path).read_text()
    await repository.commit({path: TALKATIVE})
    done = await _tried(up, repository)
    await repository.commit({path: kept})
    return done


async def _deliver(up: Up) -> list[int]:
    """The codes for a delivery with a wrong signature, and for one that is right, of a forge that is away."""
    body = pull_event("opened", number=7)
    async with httpx.AsyncClient(trust_env=False) as client:
        answers = [
            await client.post(f"{up.page}/webhooks/github", content=body, headers=headers(body, secret=secret))
            for secret in ("wrong", WEBHOOK_SECRET)
        ]
    # The forge's silence is in the history before that is read.
    await until(lambda: _is_known(up), "the delivery has arrived")
    return [answer.status_code for answer in answers]


async def _is_known(up: Up) -> bool:
    return "acme/shop#7" in (await up.matinee("list")).text


def _servers_own(up: Up) -> dict[str, str]:
    """The passwords and the key that this installation has made for itself."""
    superuser = (up.data / "postgres" / "superuser.password").read_text()
    made = (up.data / "keyring").read_text().strip().rpartition(":")[2]
    return {"server password": up.facts["databases"]["main"]["password"], "superuser": superuser, "made key": made}


def _previews_own(up: Up) -> dict[str, str]:
    """The passwords that the preview's services and commands were given, from the plans of those that are there."""
    plans = (up.data / "previews" / "secrets-1").glob("r*/*/plan.json")
    processes = [process for plan in plans for process in json.loads(plan.read_text())["processes"]]
    passwords = {httpx.URL(process["environment"]["DATABASE_URL"]).password or "" for process in processes}
    assert passwords - {""}
    return {f"password {password[:4]}": password for password in passwords if password}


def _may_hold(place: str) -> bool:
    return any(fnmatch(place, pattern) for pattern in HOLDERS)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
