"""Undoing: what is applied to go back is the old template in the Deployment as it is, and nothing of the cluster's."""

from domain.manifests.undoing import emptied, undone
from tests.domain.readiness.objects import deployment, over, replica_set, template

STAYS = {"example.com/note": "mine"}
FOUND = over(
    deployment(),
    {"metadata": {"annotations": {**STAYS, "deployment.kubernetes.io/revision": "2"}}, "spec": {"replicas": 3}},
)
LABELS = {"app.kubernetes.io/name": "web", "pod-template-hash": "7d4b9"}
OLD = over(
    replica_set(FOUND),
    {"spec": {"template": over(template(image="old"), {"metadata": {"labels": LABELS, "annotations": STAYS}})}},
)


def test_the_old_template_comes_back_without_the_label_of_its_replica_set() -> None:
    """The old pods are those of the template again, so that none of them is made anew."""
    wanted = over(template(image="old"), {"metadata": {"annotations": STAYS}})

    assert undone(FOUND, OLD)["spec"] == FOUND["spec"] | {"template": wanted}


def test_a_field_that_stands_empty_is_not_applied() -> None:
    """Older clusters write that a template was never made, which nobody may set."""
    bare = over(OLD, {})
    bare["spec"]["template"]["metadata"] |= {"creationTimestamp": None}

    assert undone(FOUND, bare) == undone(FOUND, OLD)


def test_only_the_deployment_that_was_read_is_changed() -> None:
    """A push that came meanwhile, or a Deployment of the same name made anew, is never overwritten."""
    metadata = undone(FOUND, OLD)["metadata"]

    assert (metadata["uid"], metadata["resourceVersion"]) == ("uid-deployment", "1042")
    assert metadata["labels"] == FOUND["metadata"]["labels"]
    assert metadata["annotations"] == STAYS


def test_what_the_cluster_wrote_is_left_to_it() -> None:
    """Nothing that a controller keeps becomes ours by going back."""
    wanted = undone(FOUND, OLD)

    assert set(wanted) == {"apiVersion", "kind", "metadata", "spec"}
    assert set(wanted["metadata"]) == {"name", "namespace", "uid", "resourceVersion", "labels", "annotations"}


def test_what_answers_nobody_goes_with_all_else_of_it_kept() -> None:
    """The next push finds the Deployment as it was, without the pods that took its room."""
    assert emptied(FOUND)["spec"] == FOUND["spec"] | {"replicas": 0}
    assert emptied(FOUND)["metadata"] == undone(FOUND, OLD)["metadata"]
