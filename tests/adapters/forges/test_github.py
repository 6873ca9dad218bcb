"""What only GitHub has: forks, permissions, installations, pages, limits, and answers that are none of GitHub's."""

import traceback
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from adapters.forges.github import AppAuth, GitHubForge, TokenAuth
from domain.errors import MatineeError, PermanentError, TemporaryError
from domain.names import Key
from domain.phases import Reason
from starter.application import application
from tests.contracts.benches_github import TOKEN, GitHubBench, app_keys, github_bench
from tests.fakes.dispatching import MemoryDispatcher
from tests.fakes.github import FakeGitHub
from tests.fakes.github_hooks import Hook

SHOP = "acme/shop"


@pytest.fixture
async def bench() -> AsyncGenerator[GitHubBench]:
    """A GitHub, looked at with a token."""
    async with github_bench(app=False) as opened:
        yield opened


def forge_of(github: FakeGitHub, *repositories: str, key: str = "") -> GitHubForge:
    """An adapter as an App, with its own or another private key."""
    return GitHubForge(
        instance="github",
        installation="matinee",
        auth=AppAuth(app_id=github.app_id, private_key=key or app_keys()[0]),
        repositories=repositories,
        base_url="https://api.github.test",
        transport=httpx.ASGITransport(github.application),
    )


async def test_a_fork_is_a_strangers(bench: GitHubBench) -> None:
    """Code from a fork is a stranger's, even if its author may write here."""
    fork = bench.github.add("ann/shop", {})
    bench.repo.permissions["ann"] = "admin"
    key = await bench.github.open(bench.repo, "blue", {"page": b"x"}, fork=fork)

    assert (await bench.forge.pull_request(key)).stranger


async def test_a_deleted_fork_is_a_strangers(bench: GitHubBench) -> None:
    """A fork that is gone is no part of the repository either."""
    key = await bench.open("blue", {"page": b"x"})
    bench.repo.pulls[key.number].head_repository = None

    assert (await bench.forge.pull_request(key)).stranger


@pytest.mark.parametrize(
    ("role", "stranger"),
    [("admin", False), ("maintain", False), ("write", False), ("triage", True), ("read", True), ("none", True)],
)
async def test_who_may_not_write_is_a_stranger(bench: GitHubBench, role: str, stranger: bool) -> None:
    """Only those who could merge anyway get their code run without an approval."""
    key = await bench.open("blue", {"page": b"x"})
    bench.repo.permissions["ann"] = role

    assert (await bench.forge.pull_request(key)).stranger is stranger
    assert [pull.stranger for pull in await bench.forge.open_pull_requests()] == [stranger]


@pytest.mark.parametrize("author", [None, "dependabot[bot]"])
async def test_who_is_no_user_is_a_stranger(bench: GitHubBench, author: str | None) -> None:
    """A deleted account and a bot have no permission that could be looked up."""
    key = await bench.github.open(bench.repo, "blue", {"page": b"x"}, author=author)

    pull = await bench.forge.pull_request(key)

    assert pull.stranger
    assert pull.author == (author or "ghost")


async def test_labels_and_drafts_are_told(bench: GitHubBench) -> None:
    """Policies may depend on both."""
    key = await bench.open("blue", {"page": b"x"})
    pull = bench.repo.pulls[key.number]
    pull.labels, pull.draft = ["web", "preview"], True

    told = await bench.forge.pull_request(key)

    assert (told.labels, told.draft) == (("preview", "web"), True)


@pytest.mark.parametrize("days", [-400, 400])
async def test_a_commit_with_an_odd_date_is_as_old_as_its_pull_request(bench: GitHubBench, days: int) -> None:
    """A commit made last year, or with a wrong clock, does not make a new preview expire at once or never."""
    odd = datetime.now(UTC) + timedelta(days=days)
    key = await bench.github.open(bench.repo, "blue", {"page": b"x"}, date=odd)

    first = await bench.forge.pull_request(key)
    bench.repo.pulls[key.number].updated_at += timedelta(hours=1)

    assert first.head.pushed_at == bench.repo.pulls[key.number].created_at
    assert (await bench.forge.pull_request(key)).head == first.head


async def test_every_page_of_open_pull_requests_is_read(bench: GitHubBench) -> None:
    """The two hundred and fifth pull request is swept like the first."""
    for number in range(205):
        await bench.open(f"branch-{number}", {"page": b"%d" % number})

    listed = await bench.forge.open_pull_requests()

    assert [pull.key.number for pull in listed] == list(range(1, 206))


async def test_listing_again_asks_for_no_commit_twice(bench: GitHubBench) -> None:
    """A look every few minutes stays far below GitHub's limit."""
    for number in range(5):
        await bench.open(f"branch-{number}", {"page": b"%d" % number})
    await bench.forge.open_pull_requests()
    before = len(bench.github.requests)

    await bench.forge.open_pull_requests()

    assert len(bench.github.requests) - before == 2  # one page, one author


async def test_a_list_that_fails_in_the_middle_is_no_list(bench: GitHubBench) -> None:
    """Half a list would look as if the other half had been closed."""
    for number in range(5):
        await bench.open(f"branch-{number}", {"page": b"%d" % number})
    commit = bench.repo.pulls[3].head
    bench.github.limits.broken[f"/git/commits/{commit}"] = PlainTextResponse("", 502)

    with pytest.raises(TemporaryError):
        await bench.forge.open_pull_requests()


async def test_an_app_lists_what_it_is_installed_in_and_serves() -> None:
    """Patterns choose among the repositories of all owners where the App is installed."""
    github = FakeGitHub(public_key=app_keys()[1], installations={1: "acme", 2: "rival"})
    keys = [await github.open(github.add(name, {}), "b", {"x": b"1"}) for name in (SHOP, "acme/site", "rival/shop")]

    async with forge_of(github, "*/shop") as forge:
        listed = await forge.open_pull_requests()

    assert [pull.key for pull in listed] == [keys[0], keys[2]]


async def test_an_app_that_is_not_installed_where_it_should_be_says_so() -> None:
    """A name in the settings that cannot be served is an error, not an empty list."""
    github = FakeGitHub(public_key=app_keys()[1], installations={1: "acme"})
    github.add(SHOP, {})

    async with forge_of(github, SHOP, "rival/shop") as forge:
        with pytest.raises(PermanentError, match="not installed in rival/shop"):
            await forge.open_pull_requests()


async def test_a_token_with_a_pattern_says_what_to_do() -> None:
    """A token cannot list repositories, and says so instead of serving none."""
    async with github_bench(app=False, repositories=("acme/*",)) as bench:
        with pytest.raises(PermanentError, match="name each repository, or use an App") as caught:
            await bench.forge.open_pull_requests()

    assert caught.value.reason is Reason.SETTINGS


async def test_an_app_that_is_installed_anew_is_found() -> None:
    """Taking the App away and installing it again needs no restart of Matinee."""
    github = FakeGitHub(public_key=app_keys()[1], installations={1: "acme"})
    key = await github.open(github.add(SHOP, {}), "b", {"x": b"1"})

    async with forge_of(github, "acme/*") as forge:
        await forge.pull_request(key)
        github.installations = {}
        with pytest.raises(PermanentError):
            await forge.pull_request(key)
        github.installations = {2: "acme"}

        assert (await forge.pull_request(key)).key == key


async def test_an_app_that_was_taken_away_says_nothing_about_files() -> None:
    """A repository that may no longer be read is not one without a definition."""
    github = FakeGitHub(public_key=app_keys()[1], installations={1: "acme"})
    repo = github.add(SHOP, {".matinee.yaml": b"version: 1\n"})

    async with forge_of(github, SHOP) as forge:
        assert await forge.file(SHOP, repo.tip, ".matinee.yaml") == b"version: 1\n"
        github.installations = {}
        with pytest.raises(PermanentError):
            await forge.file(SHOP, repo.tip, ".matinee.yaml")


async def test_a_suspended_app_says_so() -> None:
    """Suspending the App is told in GitHub's own words."""
    github = FakeGitHub(public_key=app_keys()[1], installations={1: "acme"}, suspended={1})
    key = await github.open(github.add(SHOP, {}), "b", {"x": b"1"})

    async with forge_of(github, SHOP) as forge:
        with pytest.raises(PermanentError, match="suspended"):
            await forge.pull_request(key)


async def test_a_key_that_is_none_is_a_setting_to_correct() -> None:
    """A private key that was cut off is named as such, without a part of it."""
    github = FakeGitHub(public_key=app_keys()[1], installations={1: "acme"})
    broken = app_keys()[0][:200]

    async with forge_of(github, SHOP, key=broken) as forge:
        with pytest.raises(PermanentError, match="private key cannot be used") as caught:
            await forge.pull_request(Key(SHOP, 1))

    assert caught.value.reason is Reason.SETTINGS
    assert broken[40:80] not in "".join(traceback.format_exception(caught.value))


async def test_a_commit_that_never_was_is_refused(bench: GitHubBench) -> None:
    """A commit that the forge does not know is not a commit without that file."""
    with pytest.raises(PermanentError):
        await bench.forge.file(SHOP, "0" * 40, "README.md")
    with pytest.raises(PermanentError):
        await bench.forge.blobs(SHOP, "0" * 40, "migrations")


async def test_a_file_above_a_megabyte_is_refused(bench: GitHubBench) -> None:
    """A stranger cannot make a worker read a file without end."""
    key = await bench.open("big", {".matinee.yaml": b"#" * 1_000_001})
    head = bench.repo.pulls[key.number].head

    with pytest.raises(PermanentError, match="at most 1 MB"):
        await bench.forge.file(SHOP, head, ".matinee.yaml")


async def test_a_path_that_leaves_the_repository_is_refused(bench: GitHubBench) -> None:
    """A definition cannot make us ask GitHub for something else than a file of its own repository."""
    with pytest.raises(PermanentError, match="leaves the repository"):
        await bench.forge.blobs(SHOP, bench.repo.tip, "migrations/../../../rival/shop")
    with pytest.raises(PermanentError, match="leaves the repository"):
        await bench.forge.file(SHOP, bench.repo.tip, "../../../../user")


async def test_a_tree_that_is_cut_off_is_an_error(bench: GitHubBench) -> None:
    """Migrations beyond the end of an answer are not taken as missing."""
    key = await bench.open("many", {f"many/{number:03}.sql": b"x" for number in range(20)})
    head = bench.repo.pulls[key.number].head
    bench.repo.tree_limit = 10

    assert len(await bench.forge.blobs(SHOP, head, "migrations")) == 1
    with pytest.raises(PermanentError, match="name a smaller one"):
        await bench.forge.blobs(SHOP, head, "many")


async def test_a_repository_that_is_not_served_is_refused_unasked(bench: GitHubBench) -> None:
    """A webhook of another repository costs no request and starts nothing."""
    with pytest.raises(PermanentError, match="not among the repositories"):
        await bench.forge.pull_request(Key("rival/shop", 1))

    assert bench.github.requests == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (PlainTextResponse("<html>", 200), TemporaryError),
        (JSONResponse({"number": "twelve"}), TemporaryError),
        (PlainTextResponse("", 500), TemporaryError),
        (PlainTextResponse("", 502), TemporaryError),
        (JSONResponse({"message": "You have triggered an abuse rate limit"}, 403), TemporaryError),
        (JSONResponse({"message": "slow down"}, 429), TemporaryError),
        (JSONResponse({"message": "Repository access blocked"}, 451), PermanentError),
        (JSONResponse({"message": "Not Found"}, 404), PermanentError),
        (JSONResponse(["odd"], 403), PermanentError),
    ],
)
async def test_every_odd_answer_is_an_error_of_ours(
    bench: GitHubBench, answer: Response, kind: type[MatineeError]
) -> None:
    """Whatever comes instead of a pull request, a person reads what it was about and it is tried again or not."""
    bench.github.limits.broken["/pulls/"] = answer

    with pytest.raises(kind, match="pull request acme/shop#1"):
        await bench.forge.pull_request(Key(SHOP, 1))


async def test_the_limit_says_when_to_come_back(bench: GitHubBench) -> None:
    """Nothing waits inside a request; Temporal asks again when GitHub says."""
    bench.github.limits.remaining = 0

    with pytest.raises(TemporaryError) as caught:
        await bench.forge.pull_request(Key(SHOP, 1))

    assert caught.value.retry_after == pytest.approx(1_800, abs=60)
    assert caught.value.reason is Reason.FORGE_UNAVAILABLE


async def test_github_away_is_temporary() -> None:
    """An outage is waited for."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    forge = GitHubForge(
        instance="github",
        installation="matinee",
        auth=TokenAuth(token=TOKEN),
        repositories=(SHOP,),
        transport=httpx.MockTransport(refuse),
    )
    async with forge:
        with pytest.raises(TemporaryError, match="GitHub does not answer"):
            await forge.pull_request(Key(SHOP, 1))


@pytest.mark.parametrize("app", [True, False])
async def test_no_error_holds_a_credential(app: bool) -> None:
    """What is wrong with the credentials is said without them, however the error is printed."""
    async with github_bench(app=app, token="ghp_secret-and-wrong") as bench:
        bench.github.app_id = "another"
        with pytest.raises(PermanentError, match="renew the token") as caught:
            await bench.forge.pull_request(Key(SHOP, 1))

    printed = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__cause__)
    assert "secret-and-wrong" not in printed
    assert app_keys()[0][40:80] not in printed
    assert "eyJ" not in printed  # how every JSON Web Token begins
    assert "secret" not in repr(TokenAuth(token="secret"))
    assert "secret" not in repr(AppAuth(app_id="1", private_key="secret"))


async def test_githubs_own_deliveries_reach_the_receiver(bench: GitHubBench) -> None:
    """What a pull request goes through arrives as pushes and a close, each signed, each shown as delivered."""
    dispatcher = MemoryDispatcher()
    receiver = application(secret="shared", dispatcher=dispatcher, previews=nothing, temporal_ui="")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(receiver), base_url="http://matinee.test") as client:
        hook = Hook(url="/webhooks/github", secret="shared", client=client)
        bench.github.hooks.append(hook)
        key = await bench.open("blue", {"page": b"1"})
        await bench.push(key, {"page": b"2"})
        await bench.close(key)
        await bench.reopen(key)
        await hook.redeliver(hook.deliveries[0])

    kinds = [type(signal).__name__ for signal in dispatcher.signals[key]]
    assert kinds == ["Push", "Push", "Close", "Push", "Push"]
    assert dispatcher.signals[key][0] == dispatcher.signals[key][4]
    assert {delivery.status for delivery in hook.deliveries} == {202}


async def nothing() -> tuple[()]:
    """No previews."""
    return ()
