"""Addresses inside the test cluster's own network. Two clusters have the same ones, and neither sees the other."""

NODE = "10.99.0.1"
"""The node, and on it the API server, the kubelet, the name server and Traefik."""

OUTSIDE = "10.99.0.254"
"""The gateway to what lies outside of the cluster: a network of its own in which one server answers."""

METADATA = "169.254.169.254"
"""Where clouds tell a machine its secrets; here a server outside answers, so that a block is seen to be one."""

ELSEWHERE = "203.0.113.10"
"""Some address on the Internet (RFC 5737); the same server answers."""

SERVICES = "10.96.0.0/16"
"""The addresses of Services."""

API_SERVICE = "10.96.0.1"
"""The first of them, which Kubernetes gives to its API server."""

NAME_SERVICE = "10.96.0.10"
"""The name server's, as the kubelet tells every pod."""

PODS = "10.88.0.0/16"
"""The addresses of pods."""

BRIDGE = "10.88.0.1"
"""The node's own address among the pods."""

NODE_NAME = "node"
CLUSTER_DOMAIN = "cluster.local"
DOMAIN = "preview.localhost"
"""Below this name previews have their hosts."""

DOMAIN_IN_PODS = "preview.test"
"""Names below this one lead to the node as well, in pods too; those below `localhost` lead a pod to itself."""
