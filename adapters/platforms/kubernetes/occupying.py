"""Occupying: whether a command still runs in a preview, of which it may be that nothing is there any more."""

from adapters.platforms.kubernetes.applying import once_bound
from adapters.platforms.kubernetes.claiming import is_ending, item, mark_of
from adapters.platforms.kubernetes.commanding import Commanding
from adapters.platforms.kubernetes.failures import AbsentError, DeniedError
from adapters.platforms.kubernetes.requesting import Api
from domain.manifests.rules import Rules


async def is_occupied(api: Api, rules: Rules, commanding: Commanding) -> bool:
    """Whether a command of this preview still runs, whoever began it. One that is being removed may still."""
    found = await api.get(item(rules.namespace))
    mark = mark_of(found) if found else None
    if found is None or mark is None or mark.installation != rules.installation:
        return False
    try:
        return is_ending(found) or await once_bound(commanding.busy)
    except (AbsentError, DeniedError):
        return await api.get(item(rules.namespace)) is not None
