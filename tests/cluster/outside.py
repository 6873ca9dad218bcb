"""Everything outside of the cluster, played by one process in a network of its own.

    unshare --net python -I -S outside.py IP GATEWAY ADDRESS…

It waits for its end of the cable, takes the addresses, and answers every HTTP request with the address that was
asked. Without it a test could not tell a blocked address from one at which nobody would have answered.
"""

import socket
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_CABLE = "outside0"
_LINKS = 1
"""The group of messages about links, from linux/rtnetlink.h."""


class Answer(BaseHTTPRequestHandler):
    """Says which address was asked."""

    def do_GET(self) -> None:
        """One line of text."""
        address = str(self.connection.getsockname()[0])
        body = f"outside {address}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(ip: str, gateway: str, *addresses: str) -> None:
    """Serves until it is killed."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as news:
        news.bind((0, _LINKS))
        while _CABLE not in {name for _, name in socket.if_nameindex()}:
            news.recv(65536)
    subprocess.run([ip, "link", "set", "lo", "up"], check=True)
    subprocess.run([ip, "address", "add", f"{gateway}/24", "dev", _CABLE], check=True)
    for address in addresses:
        subprocess.run([ip, "address", "add", f"{address}/32", "dev", _CABLE], check=True)
    subprocess.run([ip, "link", "set", _CABLE, "up"], check=True)
    ThreadingHTTPServer(("", 80), Answer).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
