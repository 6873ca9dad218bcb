"""Rendered: previews of repositories that have manifests of their own, made by the real git, helm and kubectl."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.definitions.reading import YamlDefinitions
from adapters.images.git_trees import GitTrees
from adapters.platforms.kubernetes.platform import KubernetesPlatform
from adapters.platforms.kubernetes.requesting import Api
from adapters.processes.users import Users
from adapters.rendering.renderer import Renderer
from adapters.rendering.revisions import Revisions
from domain.definitions import ServiceUrl, environment_of
from domain.errors import NotYet
from domain.pulls import Revision
from domain.requests import DeployRequest, ServiceRequest
from domain.resources import Deployment, Image
from tests.adapters.images.trees import Trees
from tests.adapters.platforms.kubernetes.asking import CONNECTION, deploying
from tests.contracts.benches_kubernetes import KubernetesBench
from tests.domain.examples import NOON
from tests.waiting import until
from tools.kubernetes import building

CHART = {"deploy/shop/Chart.yaml": b"apiVersion: v2\nname: shop\nversion: 0.1.0\n"}
"""The least that a chart needs."""

DEFINITION = """
version: 1
services:
  web: {image: "registry.localhost:5000/acme/shop:{commit}", public: true, health: /}
helm:
  chart: deploy/shop
  values: {host: "{web.host}", image: "{web.image}"}
"""
"""One service of that chart."""


class Workshop:
    """A repository, and the platform that brings its commits up."""

    def __init__(self, bench: KubernetesBench, folder: Path, image: str = "") -> None:
        self.bench = bench
        self.image = image or bench.reference
        self.trees = Trees(folder)
        renderer = Renderer(
            folder=folder / "renderings",
            helm=str(building.program("helm")),
            kubectl=str(building.program("kubectl")),
            users=Users(folder) if os.geteuid() == 0 else None,
        )
        self.revisions = Revisions(
            renderer=renderer,
            trees=GitTrees(repositories=lambda _: self.trees.work.folder / ".git"),
            folder=folder / "trees",
        )
        self.platform = self.installed()

    def installed(self, api: Api | None = None) -> KubernetesPlatform:
        """A platform that renders, on this connection to the cluster."""
        return self.bench.installed("matinee", revisions=self.revisions, api=api)

    def request(self, release: str, files: Mapping[str, bytes], definition: str = DEFINITION) -> DeployRequest:
        """The wish to deploy a commit of these files, which are the whole tree, under this definition."""
        described = YamlDefinitions().read(definition.encode())
        public = [service.name for service in described.public]
        hosts = {name: f"{self.bench.namespace}{'' if name == 'web' else f'-{name}'}" for name in public}
        urls = tuple(ServiceUrl(name, f"http://{host}.{self.bench.cluster.domain}") for name, host in hosts.items())
        services = tuple(
            ServiceRequest(
                service=service,
                image=Image(service=service.name, reference=self.image, digest=""),
                environment=environment_of(service, urls),
                url=next((url for url in urls if url.service == service.name), None),
            )
            for service in described.services
        )
        self.trees.work.git("rm", "-r", "--quiet", "--ignore-unmatch", ".")
        revision = Revision(commit=self.trees.commit(files), pushed_at=NOON)
        asked = deploying(release, services=(), revision=revision, rendering=described.rendering)
        return replace(asked, services=services)


async def deployed(platform: KubernetesPlatform, request: DeployRequest, *, within: float = 90.0) -> Deployment:
    """The deployment once nothing comes before it any more, asked again as Temporal would."""
    answers = ["it has not answered yet"]

    async def look() -> Deployment | None:
        try:
            return await platform.deploy(request, CONNECTION)
        except NotYet as answer:
            answers.append(answer.message)
            return None

    async def show() -> str:
        return answers[-1]

    return await until(look, "it is deployed", seconds=within, show=show)


def job(name: str, hook: str, script: str, *, annotations: str = "", **spec: Any) -> bytes:
    """A template of a Job that runs this script of Python, and is a hook unless that is empty."""
    lines = "".join(f"  {key}: {value}\n" for key, value in {"backoffLimit": 0, **spec}.items())
    noted = f"  annotations: {{helm.sh/hook: {hook}{annotations}}}\n" if hook else ""
    return f"""apiVersion: batch/v1
kind: Job
metadata:
  name: {name}
{noted}spec:
{lines}  template:
    spec:
      restartPolicy: Never
      containers:
        - name: run
          image: {{{{ .Values.image | quote }}}}
          command: [python, -c, {script!r}]
          env: [{{name: DATABASE_URL, valueFrom: {{secretKeyRef: {{name: matinee-database, key: url}}}}}}]
          resources: {{limits: {{cpu: 200m, memory: 128Mi}}}}
""".encode()


def web(greeting: str) -> bytes:
    """A template of a Deployment with its Service and its route, which greets."""
    return f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: {{{{ .Values.image | quote }}}}
          env: [{{name: PORT, value: "8000"}}, {{name: GREETING, value: {greeting!r}}}]
          readinessProbe: {{httpGet: {{path: /, port: 8000}}, periodSeconds: 1}}
          resources: {{limits: {{cpu: 200m, memory: 128Mi}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8000}}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: web}}
spec:
  parentRefs: [{{name: GATEWAY, namespace: PLACE}}]
  hostnames: [{{{{ .Values.host | quote }}}}]
  rules: [{{backendRefs: [{{name: web, port: 80}}]}}]
""".encode()


def chart(bench: KubernetesBench, greeting: str, **templates: bytes) -> dict[str, bytes]:
    """The files of a chart with `web`, which greets, and these templates."""
    place, _, gateway = bench.cluster.gateway.partition("/")
    page = web(greeting).replace(b"GATEWAY", gateway.encode()).replace(b"PLACE", place.encode())
    named = {f"deploy/shop/templates/{name}.yaml": content for name, content in {"web": page, **templates}.items()}
    return {**CHART, **named}
