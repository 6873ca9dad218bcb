"""What Neon refuses, delays or answers wrongly is told as it is, waited for as it asks, and never with a secret."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from adapters.databases.neon.database import NeonDatabase
from domain.errors import MatineeError, NotYet, PermanentError, TemporaryError
from domain.phases import Reason
from domain.resources import DatabaseRef
from tests.adapters.databases.neon.hands import adapter
from tests.adapters.databases.neon.patience import Patient
from tests.contracts.database_bench import branching, name_of, new_key, new_seed, no_beat, removal
from tests.fakes.neon import API_KEY, FakeNeon, utc_now
from tests.fakes.neon_answers import refusal

PASSWORD = "npg_planted0password"
BRANCHES = ("POST", "/branches")


async def _refused(neon: FakeNeon) -> MatineeError:
    """What a branching says that cannot go on."""
    with pytest.raises(MatineeError) as refused:
        await adapter(neon).branch(branching(new_key()), no_beat)
    return refused.value


async def test_neon_at_work_is_waited_for_without_an_alarm() -> None:
    """While Neon does something else in the project, nothing is wrong, and the turn comes."""
    neon = FakeNeon(stuck=True)
    neon.begin(neon.main, "apply_config")

    waited = await _refused(neon)
    neon.stuck = False
    await Patient(adapter(neon)).branch(branching(new_key()), no_beat)

    assert isinstance(waited, NotYet)
    assert waited.retry_after == 2.0


@pytest.mark.parametrize(
    ("after", "seconds"), [("7", 7.0), ("9000", 300.0), ("soon", 5.0), (None, 5.0)], ids=["7", "9000", "soon", "none"]
)
async def test_a_limit_is_waited_for_as_neon_says(after: str | None, seconds: float) -> None:
    """The pause is Neon's, unless that is nonsense."""
    neon = FakeNeon()
    neon.limits.broken[BRANCHES] = refusal(429, "rate limit exceeded", {"retry-after": after} if after else None)

    waited = await _refused(neon)

    assert isinstance(waited, TemporaryError)
    assert (waited.retry_after, waited.reason) == (seconds, Reason.DATABASE_UNAVAILABLE)


async def test_a_limit_until_an_instant_is_waited_for() -> None:
    """Some servers name the moment instead of the seconds."""
    neon, moment = FakeNeon(), datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
    headers = {"retry-after": format_datetime(moment.replace(second=40)), "date": format_datetime(moment)}
    neon.limits.broken[BRANCHES] = refusal(503, "service unavailable", headers)

    waited = await _refused(neon)

    assert isinstance(waited, TemporaryError)
    assert waited.retry_after == 40.0


async def test_limits_and_outages_pass() -> None:
    """A rollout that meets Neon at a bad moment goes on where it was."""
    neon, request = FakeNeon(), branching(new_key())
    neon.limits.throttled, neon.limits.away = 2, 2
    database, met = adapter(neon), list[str]()

    while neon.limits.throttled or neon.limits.away:
        with pytest.raises(TemporaryError) as refused:
            await database.branch(request, no_beat)
        met.append(str(refused.value))
    await Patient(database).branch(request, no_beat)

    assert [("limit" in one, "503" in one) for one in met] == [(True, False)] * 2 + [(False, True)] * 2


@pytest.mark.parametrize(
    ("answer", "reason", "said"),
    [
        (refusal(401, "authentication required"), Reason.SETTINGS, "API_KEY"),
        (refusal(403, "not allowed"), Reason.SETTINGS, "may not do this"),
        (refusal(404, "project not found"), Reason.SETTINGS, "PROJECT"),
        (refusal(422, "branches limit exceeded"), Reason.DATABASE_REFUSED, "branches limit exceeded"),
    ],
    ids=["401", "403", "404", "422"],
)
async def test_what_somebody_has_to_change_is_told_with_the_cure(answer: Response, reason: Reason, said: str) -> None:
    """I read Neon's own words and what to do, at once instead of when the lease ends."""
    neon = FakeNeon()
    neon.limits.broken[BRANCHES] = answer

    refused = await _refused(neon)

    assert isinstance(refused, PermanentError)
    assert (refused.reason, said in str(refused)) == (reason, True)


async def _unjudged(answer: Response) -> MatineeError:
    """What is said of an answer that is none of those that Neon describes."""
    neon = FakeNeon()
    neon.limits.broken["GET", "/branches"] = answer
    with pytest.raises(MatineeError) as refused:
        await adapter(neon, way=httpx.ASGITransport(neon.application)).branch(branching(new_key()), no_beat)
    return refused.value


async def test_a_success_with_an_error_inside_is_a_failure() -> None:
    """Neon says 200 and means no: the rollout ends with its words."""
    refused = await _unjudged(JSONResponse({"code": "", "message": "project is suspended"}))

    assert isinstance(refused, PermanentError)
    assert "project is suspended" in str(refused)


@pytest.mark.parametrize("body", ["<html>sign in first</html>", "", '{"branches": 3}', '{"branches": []}'])
async def test_what_is_not_neons_answer_is_told(body: str) -> None:
    """A proxy that answers in Neon's place is named as what it may be, and its page stays out of the message."""
    refused = await _unjudged(PlainTextResponse(body))

    assert isinstance(refused, TemporaryError)
    assert "proxy" in str(refused)
    assert "sign in" not in str(refused)


async def test_no_secret_is_in_any_error() -> None:
    """Neon repeats my key and a password in its refusal; neither gets into a history or a comment."""
    neon = FakeNeon()
    words = f"wrong: {API_KEY} postgresql://neondb_owner:hunter2@ep-one.neon.invalid/neondb {PASSWORD}"
    for status in (401, 422, 423, 429, 500):
        neon.limits.broken[BRANCHES] = refusal(status, words)

        refused = await _refused(neon)

        assert not {API_KEY, "hunter2", PASSWORD} & set(_words(refused))
        assert "neondb_owner:••••@ep-one.neon.invalid" in str(refused)


def _words(error: BaseException | None) -> list[str]:
    """All words of an error and of what it was raised from."""
    said = [str(error), repr(error)] if error else []
    shown = " ".join(said).replace("(", " ").replace(":", " ").replace("@", " ").split()
    return shown + (_words(error.__cause__) if error else [])


async def test_a_password_in_a_wrong_answer_is_not_told() -> None:
    """An answer that cannot be read is not repeated, as a password may stand in it."""
    neon = FakeNeon()
    database = Patient(adapter(neon, way=httpx.ASGITransport(neon.application)))
    ref = await database.branch(branching(new_key()), no_beat)
    neon.limits.broken["GET", "/connection_uri"] = JSONResponse({"url": f"postgresql://a:{PASSWORD}@b/c"})

    with pytest.raises(TemporaryError) as refused:
        await database.connection(ref)

    assert PASSWORD not in str(refused.value) + repr(refused.value.__cause__) + repr(refused.value.__context__)


async def test_a_connection_does_not_show_its_password() -> None:
    """Whoever logs one by mistake logs no password."""
    neon = FakeNeon()
    database = Patient(adapter(neon))

    connection = await database.connection(await database.branch(branching(new_key()), no_beat))

    assert "npg_" in connection.url
    assert "npg_" not in repr(connection)
    assert API_KEY not in repr(adapter(neon).workplace)


@pytest.mark.parametrize(("status", "kind"), [("failed", TemporaryError), ("error", PermanentError)])
async def test_an_operation_that_fails_is_told_with_its_cause(status: str, kind: type[MatineeError]) -> None:
    """Neon tries some failures again by itself; the others end the rollout with what Neon says."""
    neon, request = FakeNeon(stuck=True), branching(new_key())
    with pytest.raises(NotYet):
        await adapter(neon).branch(request, no_beat)
    neon.operations[-1].status, neon.operations[-1].error = status, "no space on the pageserver"

    with pytest.raises(kind, match=r"create_branch failed at Neon.*no space on the pageserver"):
        await adapter(neon).branch(request, no_beat)
    assert await adapter(neon).busy(request.label)


async def test_an_old_failure_is_forgotten_once_it_went_well() -> None:
    """An action that failed and then succeeded stands in nobody's way."""
    neon, request = FakeNeon(), branching(new_key())
    database = Patient(adapter(neon))
    ref = await database.branch(request, no_beat)
    branch = neon.named(name_of(request.key))[0]
    neon.operations.insert(0, neon.begin(branch, "apply_config"))
    del neon.operations[-1]
    neon.operations[0].status = "error"

    assert "npg_" in (await database.connection(ref)).url


async def test_a_failure_of_long_ago_says_nothing_of_what_works_now() -> None:
    """One bad end of something that was never repeated does not keep me from my data for ever."""
    moment = utc_now()
    neon, request = FakeNeon(now=lambda: moment), branching(new_key())
    database = Patient(adapter(neon))
    ref = await database.branch(request, no_beat)
    broken = neon.begin(neon.named(name_of(request.key))[0], "timeline_unarchive")
    broken.status = "error"
    with pytest.raises(PermanentError, match="timeline_unarchive failed at Neon"):
        await database.connection(ref)

    moment += timedelta(hours=2)

    assert "npg_" in (await database.connection(ref)).url


class Away(httpx.AsyncBaseTransport):
    """There is no way to Neon."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """No answer."""
        raise httpx.ConnectError("no route", request=request)


VERBS: dict[str, Callable[[NeonDatabase], Awaitable[object]]] = {
    "branch": lambda database: database.branch(branching(new_key(), seed=new_seed()), no_beat),
    "connection": lambda database: database.connection(DatabaseRef(instance="m", name="p", label="p", generation=1)),
    "drop": lambda database: database.drop(removal(database, new_key())),
    "list": lambda database: database.list(),
    "extend": lambda database: database.extend(),
    "busy": lambda database: database.busy("shop-12"),
    "sealed": lambda database: database.sealed(new_seed()),
    "open_seed": lambda database: database.open_seed(new_seed()),
    "seal": lambda database: database.seal(new_seed()),
    "drop_seeds": lambda database: database.drop_seeds("acme/shop", 3),
}


@pytest.mark.parametrize("verb", VERBS)
async def test_a_neon_that_is_away_is_said_to_be(verb: str) -> None:
    """Whatever is asked while there is no way to Neon ends soon, and says so."""
    with pytest.raises(TemporaryError, match="Neon does not answer") as refused:
        await VERBS[verb](adapter(FakeNeon(), way=Away()))

    assert refused.value.reason is Reason.DATABASE_UNAVAILABLE
