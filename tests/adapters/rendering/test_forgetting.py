"""What a worker leaves that was ended in the middle of a rendering does not stay for ever."""

import os
from pathlib import Path

from adapters.processes.users import Users
from adapters.rendering.calling import workplace
from adapters.rendering.forgetting import forget_lost


def _made(folder: Path, name: str, *, age: float = 0.0) -> Path:
    place = folder / name
    (place / "root").mkdir(parents=True)
    made = place.stat().st_mtime - age
    os.utime(place, (made, made))
    return place


def test_only_what_is_old_is_taken_away(tmp_path: Path) -> None:
    """A rendering that another worker is busy with stays."""
    _made(tmp_path, "old", age=4000)
    _made(tmp_path, "busy", age=60)
    newest = _made(tmp_path, "new")

    assert forget_lost(tmp_path, newest) == ("old",)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["busy", "new"]


async def test_the_user_of_a_lost_rendering_is_free_again(open_folder: Path) -> None:
    """Workers that are ended again and again do not use up the users of this machine."""
    folder, users = open_folder / "renderings", Users(open_folder)
    _made(folder, "old", age=4000)
    users.of("rendering:old/")

    async with workplace(folder, users) as place:
        assert list(users.under("rendering:")) == [f"rendering:{place.folder.name}/"]

    assert list(folder.iterdir()) == []
    assert users.under("") == {}
