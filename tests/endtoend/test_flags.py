"""`matinee flag`: what a person changes in a preview that runs, seen in its page."""

import json
from pathlib import Path

import pytest

from domain.messages import SetFlag
from domain.names import workflow_id
from domain.phases import Phase
from starter.commands.asking import Preview
from tests.endtoend.repositories import PAGE, page_repository, shop_repository, web_url
from tests.endtoend.sets import Up
from tests.waiting import until

pytestmark = pytest.mark.server

BANNER = "Winter sale"


async def test_a_flag_changes_the_page_without_a_rollout(up: Up, own: Path) -> None:
    """The reviewer switches the sale on by command and off through Temporal; the page follows, nothing is deployed."""
    repository = await shop_repository(own / "switching")
    await repository.connect(up)
    head = await repository.commit({}, "change")
    url, key = web_url(await repository.push("change")), repository.key(1)
    client = await up.client()

    async def page(shows: bool) -> bool:
        return (BANNER in (await up.get(url)).text) is shows

    before = await page(shows=False)
    done = await up.matinee("flag", str(key), "sale", "on")
    await until(lambda: page(shows=True), "the page shows the sale", seconds=10)
    said = await Preview(client, key).update("flag", SetFlag(name="sale", value="off"))
    await until(lambda: page(shows=False), "the page shows no sale", seconds=10)

    assert before
    assert (done.code, done.text.strip()) == (0, f"{key}: sale is true (false in the definition)")
    assert said == "sale is false (false in the definition)"
    assert (await up.reached(key, Phase.READY, head)).live_commit == head
    handle = client.get_workflow_handle(workflow_id(key))
    asked = [event.activity_task_scheduled_event_attributes for event in (await handle.fetch_history()).events]
    assert [each.activity_type.name for each in asked].count("deploy") == 1


async def test_flags_are_listed_set_refused_and_reset_by_command(up: Up, own: Path) -> None:
    """I read what there is and what is in force, and a word that makes no sense is answered with the cure."""
    repository = await page_repository(own / "flagging")
    await repository.commit({".matinee.yaml": f"{PAGE}flags: {{banner: false, limit: 3}}\n"})
    await repository.connect(up)
    await repository.commit({}, "change")
    await repository.push("change")
    key = str(repository.key(1))

    done = {
        words: await up.matinee("flag", key, *words.split())
        for words in ("", "banner on", "limit many", "price 3", "banner", "--reset", "limit 5 --json", "--json")
    }
    reset = await up.matinee("flag", key, "banner", "--reset")

    assert {words: one.code for words, one in done.items() if one.code} == {
        "limit many": 1,
        "price 3": 1,
        "banner": 2,
        "--reset": 2,
    }
    assert [line.split() for line in done[""].lines] == [
        ["FLAG", "DEFINITION", "BY", "HAND", "IN", "FORCE"],
        ["banner", "false", "false"],
        ["limit", "3", "3"],
    ]
    assert done["banner on"].text.strip() == f"{key}: banner is true (false in the definition)"
    assert "limit is a number (3 in the definition); say another one" in done["limit many"].text
    assert "no flag 'price'; there are banner, limit" in done["price 3"].text
    assert "give a value, such as on, off or 3, or --reset" in done["banner"].text
    assert "say which flag to reset" in done["--reset"].text
    listed = {each["name"]: each["value"] for each in json.loads(done["--json"].text)["flags"]}
    assert listed == {"banner": "true", "limit": "5"}
    assert reset.text.strip() == f"{key}: banner is false, as in the definition"
