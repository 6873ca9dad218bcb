"""Shops: the shop as a repository whose CI pushes to the cluster's registry, and one whose rollouts have a middle."""

import json

from tests.faults.sites import shop_files
from tests.whole.hosting import Hosted
from tests.whole.test_life import DEFINITION

_LATE = 'python3 -c \'import runpy, time; time.sleep(25); runpy.run_module("shop.api", run_name="__main__")\''


def shop(house: Hosted) -> dict[str, bytes]:
    """The shop, whose images are in the cluster's registry."""
    definition = DEFINITION.read_text().replace("registry.localhost:5000", house.registry)
    return shop_files() | {".matinee.yaml": definition.encode()}


def late(house: Hosted) -> dict[str, bytes]:
    """The change that lets the API take its time to start."""
    definition = shop(house)[".matinee.yaml"].decode()
    return {".matinee.yaml": definition.replace("python3 -m shop.api", json.dumps(_LATE)).encode()}
