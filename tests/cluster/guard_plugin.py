"""The last plugin in the chain that connects a pod: it returns only when the pod's NetworkPolicies are enforced.

Containerd runs it as the Container Network Interface wants it: what to do is in the environment, the network and the
result of the plugins before it come on standard input, and the result goes to standard output. Version 0.4.0.
"""

import json
import os
import socket
import sys

SOCKET = "/run/matinee-guard.sock"
"""Where tests/cluster/guarding.py listens."""


def main() -> None:
    """The pod may start; or an error is reported, and it does not."""
    command = os.environ["CNI_COMMAND"]
    if command == "VERSION":
        sys.stdout.write(json.dumps({"cniVersion": "0.4.0", "supportedVersions": ["0.4.0"]}))
        return
    network = json.load(sys.stdin)
    words = dict(word.split("=", 1) for word in os.environ.get("CNI_ARGS", "").split(";") if "=" in word)
    question = {"command": command, "namespace": words["K8S_POD_NAMESPACE"], "name": words["K8S_POD_NAME"]}
    if command == "ADD":
        ask(question | {"address": network["prevResult"]["ips"][0]["address"].partition("/")[0]})
        sys.stdout.write(json.dumps(network["prevResult"]))
    elif command == "DEL":
        ask(question)


def ask(question: dict[str, str]) -> None:
    """The guard has done what it was asked."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(SOCKET)
        connection.sendall(json.dumps(question).encode() + b"\n")
        if connection.recv(16) != b"done\n":
            sys.exit("the guard did not answer")


if __name__ == "__main__":
    main()
