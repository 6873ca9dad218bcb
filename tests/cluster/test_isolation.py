"""What a NetworkPolicy becomes in the packet filter; that the packet filter obeys is shown on the cluster itself."""

from typing import Any

from tests.cluster.isolation import ENTRY, Pod, State, blocks, chains, selects

Rule = dict[str, Any]

EVERY: Rule = {}
"""A selector that means every pod, every namespace; and a rule that allows everything."""

SHOP = Pod(
    namespace="preview",
    name="shop",
    address="10.88.0.5",
    labels={"app": "shop"},
    ports={"http": ("tcp", 8080)},
)
DATABASE = Pod(namespace="data", name="database", address="10.88.0.6", labels={"app": "database"})
NAMES = Pod(
    namespace="kube-system",
    name="names",
    address="10.99.0.1",
    labels={"k8s-app": "kube-dns"},
    only=frozenset([("udp", 53), ("tcp", 53)]),
)
SPACES: dict[str, dict[str, str]] = {"preview": {}, "data": {"kind": "data"}, "kube-system": {}}


def rules(*specifications: Rule) -> dict[str, list[str]]:
    """The chains for these policies of the namespace of the shop."""
    policies = [{"metadata": {"namespace": "preview"}, "spec": one} for one in specifications]
    return chains(State(pods=[SHOP, DATABASE, NAMES], namespaces=SPACES, policies=policies))


def leaving(*specifications: Rule) -> list[str]:
    """What the shop may do, before everything else is refused."""
    *allowed, refused = rules(*specifications)[f"{ENTRY}-E-{SHOP.address}"]
    assert "REJECT" in refused
    return allowed


def test_without_policies_nothing_is_refused() -> None:
    """A cluster whose users wrote no policy behaves as if nobody enforced any."""
    assert list(rules()) == [ENTRY]


def test_a_policy_closes_only_the_pods_and_the_direction_it_names() -> None:
    """A policy about what comes in leaves alone what goes out, and pods of other namespaces."""
    closed = rules({"podSelector": EVERY, "policyTypes": ["Ingress"]})

    assert list(closed) == [ENTRY, f"{ENTRY}-I-{SHOP.address}"]


def test_policies_add_up() -> None:
    """A pod may do what any of its policies allows."""
    one, two = ({"podSelector": EVERY, "egress": [{"ports": [{"port": port}]}]} for port in (443, 5432))

    assert leaving(one, two) == ["-p tcp --dport 443:443 -j RETURN", "-p tcp --dport 5432:5432 -j RETURN"]


def test_a_rule_without_peers_means_everybody_and_without_ports_everything() -> None:
    """An empty rule allows all, as Kubernetes has it."""
    assert leaving({"podSelector": EVERY, "egress": [EVERY]}) == ["-j RETURN"]


def test_a_peer_is_a_pod_of_the_namespaces_that_are_named() -> None:
    """Both selectors of one peer hold together; without one of namespaces only the policy's own is meant."""
    database = {"podSelector": {"matchLabels": {"app": "database"}}}
    elsewhere = database | {"namespaceSelector": {"matchLabels": {"kind": "data"}}}

    assert leaving({"podSelector": EVERY, "egress": [{"to": [database]}]}) == []
    assert leaving({"podSelector": EVERY, "egress": [{"to": [elsewhere]}]}) == [f"-d {DATABASE.address} -j RETURN"]


def test_a_process_of_the_node_is_open_at_its_own_ports_alone() -> None:
    """Who may ask the name server may not ask the kubelet, which has the same address."""
    anywhere = {"namespaceSelector": EVERY, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}

    assert leaving({"podSelector": EVERY, "egress": [{"to": [anywhere]}]}) == [
        "-d 10.99.0.1 -p tcp --dport 53:53 -j RETURN",
        "-d 10.99.0.1 -p udp --dport 53:53 -j RETURN",
    ]


def test_a_named_port_is_that_of_the_pod_that_listens() -> None:
    """A policy that names a port by its name opens this one, and nothing if the pod has no such port."""
    coming = {"podSelector": EVERY, "ingress": [{"ports": [{"port": "http"}]}, {"ports": [{"port": "nothing"}]}]}

    assert rules(coming)[f"{ENTRY}-I-{SHOP.address}"][:-1] == ["-p tcp --dport 8080:8080 -j RETURN"]


def test_exceptions_of_a_block_are_left_out() -> None:
    """A preview that may reach the Internet does not reach what the policy takes out of it."""
    parts = blocks({"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32", "10.0.0.0/8"]})

    assert sum(part.num_addresses for part in parts) == 2**32 - 2**24 - 1
    assert not [part for part in parts if "169.254.169.254" in map(str, (part.network_address, part.broadcast_address))]


def test_a_block_of_version_6_opens_nothing_here() -> None:
    """A policy for both versions is enforced for the one that the cluster has."""
    both = [{"ipBlock": {"cidr": "::/0", "except": ["fc00::/7"]}}, {"ipBlock": {"cidr": "203.0.113.0/24"}}]

    assert leaving({"podSelector": EVERY, "egress": [{"to": both}]}) == ["-d 203.0.113.0/24 -j RETURN"]


def test_expressions_mean_what_kubernetes_says() -> None:
    """Labels can be asked for by list, by absence and by presence."""
    labels = {"app": "shop"}
    expressions = [
        {"key": "app", "operator": "In", "values": ["shop"]},
        {"key": "app", "operator": "NotIn", "values": ["shop"]},
        {"key": "app", "operator": "Exists"},
        {"key": "app", "operator": "DoesNotExist"},
    ]

    assert [selects({"matchExpressions": [one]}, labels) for one in expressions] == [True, False, True, False]
