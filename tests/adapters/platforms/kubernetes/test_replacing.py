"""What cannot be changed into what a push wants is replaced by it, but for what holds data."""

from pathlib import Path

from tests.adapters.platforms.kubernetes.asking import settled
from tests.adapters.platforms.kubernetes.rendered import Workshop, chart, deployed
from tests.adapters.rendering.workshop import needs_programs
from tests.contracts.benches_kubernetes import KubernetesBench

pytestmark = needs_programs

_QUEUE = """apiVersion: apps/v1
kind: StatefulSet
metadata: {name: queue}
spec:
  serviceName: SERVICE
  selector: {matchLabels: {app: queue}}
  template:
    metadata: {labels: {app: queue}}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: queue
          image: {{ .Values.image | quote }}
          env: [{name: PORT, value: "8000"}]
          readinessProbe: {httpGet: {path: /, port: 8000}, periodSeconds: 1}
          resources: {limits: {cpu: 200m, memory: 128Mi}}
"""


async def test_a_stateful_set_of_another_service_is_replaced(bench: KubernetesBench, open_folder: Path) -> None:
    """A push may rename the Service of my queue, which Kubernetes does not let a StatefulSet change."""
    workshop = Workshop(bench, open_folder)
    uids = set[str]()

    for service in ("queue", "jobs"):
        files = chart(bench, "hello", queue=_QUEUE.replace("SERVICE", service).encode())
        await settled(workshop.platform, await deployed(workshop.platform, workshop.request(service, files)))
        found = await bench.cluster.kubectl.get("statefulset", "queue", f"--namespace={bench.namespace}")
        uids.add(found["metadata"]["uid"])
        assert found["spec"]["serviceName"] == service

    assert len(uids) == 2
