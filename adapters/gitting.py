"""What every call of git is given, so that a repository which nobody vouches for can make it run or obey nothing.

Shared by the local forge, which reads repositories, and by the git image store, which exports commits.
"""

import os
from collections.abc import Mapping
from pathlib import Path


def environment(folder: Path, settings: Mapping[str, str] | None = None, protocol: str = "") -> dict[str, str]:
    """The whole environment of a git command on this bare repository: nothing of ours is inherited.

    That matters in a hook too, where git's own variables would point at another repository. `settings` are git's,
    and may hold secrets, which argv may not; `protocol` is the one that it may fetch by, none if empty.
    """
    ours = {
        # Git distrusts a repository that another user owns unless it is named here.
        "safe.directory": str(folder),
        "core.hooksPath": os.devnull,
        "core.fsmonitor": "false",
        "maintenance.auto": "false",
        **(settings or {}),
    }
    numbered = {f"GIT_CONFIG_KEY_{index}": name for index, name in enumerate(ours)}
    values = {f"GIT_CONFIG_VALUE_{index}": value for index, value in enumerate(ours.values())}
    return {
        "PATH": os.defpath,
        "LC_ALL": "C",
        "GIT_DIR": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        # A repository may call itself a partial clone, and reading it would then run its remote's command. Before
        # 2.39.4 git knows only the second of these; `protocol.allow` would not do, as the repository can outbid it.
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": protocol,
        # Whoever may push a branch may push refs/replace/* too, and would show us other files than the commit's.
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_CONFIG_COUNT": str(len(ours)),
        **numbered,
        **values,
    }
