"""Surroundings: inside namespaces of its own, the folders, kernel settings and network that a node expects.

Nothing of it is undone by us. All of it belongs to the namespaces, and goes with the last process in them.
"""

from pathlib import Path

from tests.cluster.addresses import ELSEWHERE, METADATA, NODE, OUTSIDE
from tests.cluster.commands import found, output

_KERNEL = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
"""What the kubelet wants of the whole kernel, and would change for the whole machine if it did not read this."""


async def furnish(folder: Path, reserved: list[int]) -> None:
    """Folders and kernel settings are the node's own; `reserved` are ports that no outgoing connection may take."""
    mount = found("mount")
    # Pods are given volumes while they run, which needs mounts that are passed on, here and not to the host.
    await output(mount, "--make-rshared", "/")
    await output(mount, "-t", "tmpfs", "-o", "mode=755", "run", "/run")
    for place, name in (("/var/log", "log"), ("/var/lib", "lib")):
        (folder / name).mkdir(parents=True, exist_ok=True)
        await output(mount, "--bind", str(folder / name), place)
    for name, value in _KERNEL.items():
        file = folder / "kernel" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{value}\n")
        await output(mount, "--bind", str(file), f"/proc/sys/{name}")
    _set("net/ipv4/ip_forward", "1")
    _set("net/ipv4/ip_local_reserved_ports", ",".join(map(str, reserved)))


async def connect(outside: int) -> None:
    """The node has its address, and a cable to the process that plays everything outside."""
    ip = found("ip")
    await output(ip, "link", "set", "lo", "up")
    await output(ip, "link", "add", "node0", "type", "veth", "peer", "name", "outside0")
    await output(ip, "link", "set", "outside0", "netns", str(outside))
    await output(ip, "address", "add", f"{NODE}/24", "dev", "node0")
    await output(ip, "link", "set", "node0", "up")
    # Services too are reached by this route: the address is changed before the packet leaves, or nobody answers.
    await output(ip, "route", "add", "default", "via", OUTSIDE)
    # So that a packet to the metadata address goes to the gateway, and is not looked for on the cable itself.
    await output(ip, "route", "add", METADATA, "via", OUTSIDE)
    await output(ip, "route", "add", ELSEWHERE, "via", OUTSIDE)


def _set(name: str, value: str) -> None:
    """The kernel's setting of this network has this value."""
    Path("/proc/sys", name).write_text(value)
