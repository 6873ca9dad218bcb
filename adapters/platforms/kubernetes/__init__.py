"""Kubernetes: every preview is a namespace of its own, made by server-side apply.

    connecting   from a kubeconfig or a pod's own account to a client; nothing else imports the vendor's library
    requesting   one request at a time, as the worker or as the preview's deployer; failures says what went wrong
    rights       what each of them may do, in the form in which RBAC wants it
    claiming     the namespace: whose it is, how new the last request was, what it is known to hold
    applying     objects made and replaced, and those taken away that a newer revision no longer has
    observing    what there is of a preview now, for domain.readiness to judge
    hiding       what the cluster says of it, without the secrets that it may quote
    releasing    what a release of rendered manifests consists of, kept in its preview
    hooking      the hooks of such a release, one by one
    rolling      from one release to the next
    commanding   commands that run once, as Jobs
    platform     the port's verbs

What is decided about objects is decided in domain.manifests and domain.readiness; here it is carried out.
"""
