"""Installing: what a cluster has to have before it gives previews, judged from what is there.

Pure, so that `matinee install` can be asked about any cluster, and answers with a command for each thing.
"""

from dataclasses import dataclass

GATEWAY_API, CERT_MANAGER, TRAEFIK = "v1.6.3", "v1.21.2", "37.3.0"
"""The versions that the commands install."""

CERTIFICATES = "certificates.cert-manager.io"
GATEWAYS = "gateways.gateway.networking.k8s.io"
EXTERNAL_SECRETS = "clusterexternalsecrets.external-secrets.io"
KINDS = (GATEWAYS, CERTIFICATES, EXTERNAL_SECRETS)
"""The definitions of kinds that are looked for."""

SECRET, KEYS = "matinee", ("ring", "password", "token", "webhook")
"""The Secret that the guide makes, and what it holds."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What was found in a cluster: names of kinds and objects; `keys` are those of Matinee's Secret."""

    kinds: frozenset[str] = frozenset()
    gateway_classes: tuple[str, ...] = ()
    ingress_classes: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    namespaces: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    deployments: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing: whether it is there, else what to type; `optional` if previews come without it."""

    name: str
    done: bool
    note: str
    command: str = ""
    optional: bool = False


def steps(found: Survey, namespace: str, *, temporal: str = "", databases: tuple[str, ...] = ()) -> tuple[Step, ...]:
    """Everything in the order in which to do it; `temporal` and `databases` say what is wrong with those."""
    return (
        *_way_in(found),
        *_certificate(found),
        Step(
            name="external-secrets",
            done=EXTERNAL_SECRETS in found.kinds,
            note="copies secrets of yours into previews; without it the chart's `templates.namespace` does",
            command="helm install external-secrets external-secrets --repo https://charts.external-secrets.io "
            "--namespace external-secrets --create-namespace",
            optional=True,
        ),
        Step(
            name="temporal",
            done=not temporal,
            note=temporal or "answers from here; pods have to reach it too",
            command="export TEMPORAL_ADDRESS=temporal.example.com:7233",
        ),
        Step(
            name="database",
            done=not databases,
            note="\n".join(databases) or "is prepared, as seen from here; pods have to reach it too",
            command="matinee database setup --help  # docs/how-to/postgresql.md leads through it",
        ),
        *_of_ours(found, namespace),
    )


def _way_in(found: Survey) -> tuple[Step, ...]:
    classes = found.gateway_classes or found.ingress_classes
    return (
        Step(
            name="gateway-api",
            done=GATEWAYS in found.kinds,
            note="the kinds of the Gateway API; a cluster with an Ingress controller can do without",
            command="kubectl apply --server-side --filename https://github.com/kubernetes-sigs/gateway-api/releases/"
            f"download/{GATEWAY_API}/standard-install.yaml",
            optional=bool(found.ingress_classes),
        ),
        Step(
            name="controller",
            done=bool(classes),
            note=f"what serves previews: {', '.join(classes)}" if classes else "nothing here serves previews yet",
            command=f"helm install traefik traefik --version {TRAEFIK} --repo https://traefik.github.io/charts "
            "--namespace traefik --create-namespace --set providers.kubernetesGateway.enabled=true",
        ),
    )


def _certificate(found: Survey) -> tuple[Step, ...]:
    return (
        Step(
            name="cert-manager",
            done=CERTIFICATES in found.kinds,
            note="orders the wildcard certificate; a certificate of your own can be named instead",
            command=f"helm install cert-manager oci://quay.io/jetstack/charts/cert-manager --version {CERT_MANAGER} "
            "--namespace cert-manager --create-namespace --set crds.enabled=true",
            optional=True,
        ),
        Step(
            name="issuer",
            done=bool(found.issuers),
            note=", ".join(found.issuers) or "docs/how-to/kubernetes.md, step 2, has one for DNS-01 and one for tests",
            command="kubectl apply --filename issuer.yaml",
            optional=CERTIFICATES not in found.kinds,
        ),
    )


def _of_ours(found: Survey, namespace: str) -> tuple[Step, ...]:
    # An App has no token, Neon no password; but nothing works without a key ring.
    others = [key for key in KEYS if key not in found.keys and key != "ring"]
    lacking = f", and not {', '.join(others)}, which an App or another database does without" if others else ""
    making = {
        "ring": "\"first:$(python3 -c 'import secrets; print(secrets.token_hex(32))')\"",
        "password": '"$POSTGRES_PASSWORD"',
        "token": '"$GITHUB_TOKEN"',
        "webhook": '"$WEBHOOK_SECRET"',
    }
    literals = " ".join(f"--from-literal={key}={making[key]}" for key in KEYS)
    return (
        Step(
            name="namespace",
            done=namespace in found.namespaces,
            note=namespace,
            command=f"kubectl create namespace {namespace}",
        ),
        Step(
            name="secret",
            done="ring" in found.keys,
            note=f"{SECRET} has {', '.join(sorted(found.keys))}{lacking}" if found.keys else f"{SECRET} is not there",
            command=f"kubectl --namespace {namespace} create secret generic {SECRET} {literals}",
        ),
        Step(
            name="chart",
            done=bool(found.deployments),
            note=", ".join(sorted(found.deployments))
            or "values.yaml is explained in docs/how-to/kubernetes.md, step 4",
            command=f"helm install matinee deploy/chart --namespace {namespace} --values values.yaml",
        ),
    )
