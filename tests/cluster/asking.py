"""Asking: what a pod sees when it connects to somebody, asked by running a few lines of Python in it."""

from tests.cluster.described import Cluster

SERVER = (
    "import http.server, os\n"
    "class Answer(http.server.BaseHTTPRequestHandler):\n"
    "    def do_GET(self):\n"
    "        body = os.environ['HOSTNAME'].encode()\n"
    "        self.send_response(200); self.send_header('Content-Length', str(len(body))); self.end_headers()\n"
    "        self.wfile.write(body)\n"
    "http.server.ThreadingHTTPServer(('', 8080), Answer).serve_forever()\n"
)
"""A program of Python that answers every request with the name of its pod."""

_CONNECT = (
    "import socket, sys\n"
    "try:\n"
    "    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=float(sys.argv[3])).close()\n"
    "    print('open')\n"
    "except OSError as error:\n"
    "    print('closed', error)\n"
)
_GET = (
    "import sys, urllib.request\n"
    "try: print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode(), end='')\n"
    "except OSError as error: print('failed:', error)\n"
)


async def get(cluster: Cluster, place: str, name: str, url: str) -> str:
    """What this URL answers the pod, or `failed:` and why."""
    return await _run(cluster, place, name, _GET, url)


async def is_open(cluster: Cluster, place: str, name: str, host: str, port: int, *, within: float = 1.5) -> bool:
    """Whether the pod can connect to this port."""
    return (await _run(cluster, place, name, _CONNECT, host, str(port), str(within))).startswith("open")


async def _run(cluster: Cluster, place: str, name: str, program: str, *arguments: str) -> str:
    """What the program printed in the pod."""
    return await cluster.kubectl("exec", "--namespace", place, name, "--", "python", "-c", program, *arguments)
