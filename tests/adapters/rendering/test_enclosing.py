"""The enclosure of a program: no network by any way, nothing of the machine, and limits that the kernel holds."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.rendering import enclosing
from tests.adapters.rendering.workshop import website

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="charts are rendered on Linux only")

_PYTHON = os.path.realpath(sys.executable)


def _plan(folder: Path, **rest: int) -> dict[str, object]:
    usual = {"user": None, "output_bytes": 1_000_000, "memory_mib": 256, "seconds": 5, "processes": 64}
    return {"folder": str(folder), "output": str(folder / "output"), **usual, **rest}


def _enclosed(folder: Path, script: str, **rest: int) -> subprocess.CompletedProcess[str]:
    """How a Python program with this text ended in the enclosure; what it wrote is in the file `output`."""
    plan = json.dumps(_plan(folder, **rest))
    command = (sys.executable, "-I", "-S", enclosing.__file__, plan, _PYTHON, "-I", "-S", "-c", script)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"])
def test_no_socket_of_any_kind_can_be_made(tmp_path: Path, family: str) -> None:
    """Neither a web server nor the socket of a container engine can be asked."""
    ended = _enclosed(tmp_path, f"import socket; socket.socket(socket.{family})")

    assert "PermissionError" in ended.stderr


def test_a_server_of_this_machine_is_never_asked(tmp_path: Path) -> None:
    """The request of a stranger's chart to a service beside Matinee does not arrive."""
    with website(b"secret") as site:
        asking = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{site.port}/')"
        free = subprocess.run([_PYTHON, "-c", asking], check=False)
        before = len(site.asked)
        ended = _enclosed(tmp_path, asking)

    assert (free.returncode, before) == (0, 1)
    assert ended.returncode == 1
    assert len(site.asked) == before


def test_no_file_of_the_machine_can_be_opened(open_folder: Path) -> None:
    """Not even what everybody may read, such as a mounted token; its own folder can be read and written."""
    (open_folder / "token").write_text("hidden")
    own = open_folder / "own"
    own.mkdir()

    ended = _enclosed(own, "open('mine', 'w').close(); open('mine').close(); open('../token')")

    assert (own / "mine").exists()
    assert "PermissionError: [Errno 13] Permission denied: '../token'" in ended.stderr
    assert "Permission denied: '/etc/passwd'" in _enclosed(own, "open('/etc/passwd')").stderr


def test_the_limit_of_system_calls_is_inherited(tmp_path: Path) -> None:
    """What the program starts has no network either."""
    script = "import os,sys; os.execv(sys.executable, [sys.executable, '-c', 'import socket; socket.socket()'])"

    assert "PermissionError" in _enclosed(tmp_path, script).stderr


def test_what_is_written_goes_into_a_file_of_limited_size(tmp_path: Path) -> None:
    """A hundred megabytes end after one."""
    good = _enclosed(tmp_path, "print('made')")
    assert ((tmp_path / "output").read_text(), good.returncode) == ("made\n", 0)

    ended = _enclosed(tmp_path, "while True: print('x' * 100000)")

    assert ended.returncode != 0
    assert (tmp_path / "output").stat().st_size <= 1_000_000


def test_memory_and_time_are_limited(tmp_path: Path) -> None:
    """Neither a bomb nor an endless loop outlives its limits."""
    assert "MemoryError" in _enclosed(tmp_path, "x = bytearray(1 << 30)").stderr
    assert _enclosed(tmp_path, "while True: pass", seconds=1).returncode < 0


@pytest.mark.skipif(os.geteuid() != 0, reason="another user needs root")
def test_the_program_is_a_user_of_its_own_without_privileges(tmp_path: Path) -> None:
    """As root, Matinee gives a chart nothing of what root may."""
    tmp_path.chmod(0o755)

    ended = _enclosed(tmp_path, "import os; print(os.getresuid(), os.getgroups()); os.setuid(0)", user=61999)

    assert (tmp_path / "output").read_text() == "(61999, 61999, 61999) []\n"
    assert "PermissionError" in ended.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="the test gives its privileges away")
def test_whoever_is_not_root_is_enclosed_as_well(open_folder: Path) -> None:
    """A worker without privileges, as in a cluster, has the filter all the same, and still writes its own files."""
    open_folder.chmod(0o777)
    source = open_folder / "enclosing.py"
    source.write_bytes(Path(enclosing.__file__).read_bytes())
    script = "open('mine', 'w').close(); import socket; socket.socket()"
    inner = ("/usr/bin/python3", "-I", "-S", source, json.dumps(_plan(open_folder)), "/usr/bin/python3", "-c", script)

    ended = subprocess.run(
        inner,
        cwd=open_folder,
        user=61999,
        group=61999,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )

    assert "PermissionError" in ended.stderr
    assert (open_folder / "mine").stat().st_uid == 61999


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (
            ("leave_network", "forbid_sockets"),
            "neither a network namespace nor a filter of system calls can be had here\n",
        ),
        (("make_root", "fence"), "neither a root folder of its own nor Landlock can be had here\n"),
    ],
)
def test_without_any_way_to_shut_something_off_nothing_runs(
    tmp_path: Path, missing: tuple[str, ...], said: str
) -> None:
    """Where neither privileges nor the kernel's own means can be had, the program is not run, and that is said."""
    means = ", ".join(f"{name}=lambda *_: False" for name in missing)
    folder = str(Path(enclosing.__file__).parent)
    arguments = [json.dumps(_plan(tmp_path)), "/bin/true"]
    script = (
        f"import sys; sys.path.append({folder!r}); import enclosing; sys.exit(enclosing.main({arguments!r}, {means}))"
    )

    ended = subprocess.run((_PYTHON, "-c", script), cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (enclosing.REFUSED, said)


def test_this_machine_has_a_filter() -> None:
    """The two architectures that Matinee's image is built for are known."""
    assert platform.machine() in {"x86_64", "aarch64"}
