"""Manifests: the objects of a preview on Kubernetes, decided without a cluster, as plain dictionaries.

    rules       what holds for one preview: its hosts, its quota, its pool, its gateway
    policy      what of the manifests that a pull request wrote is refused, and why (refusals, checks and the tables)
    confining   what is added to what passed: namespace, marks, pool, security context, noindex
    building    the objects that are made from the built-in service definition
    founding    the objects that are ours alone: namespace, quota, network policies, the deployer's binding
    pinning     every image of every pod template, found and replaced
    hooks       what of a chart runs before and after everything else
    fitting     whether all of it fits into the quota at one time (loads), and updates that are made to fit
    filling     what our variables become in the values of a chart, an overlay or plain manifests
    preparing   the whole way from rendered manifests to what is applied
    inventory   in which order objects are applied, and which a newer revision no longer has

What a pull request wrote goes policy → pinning → policy → confining → apply. The first pass has `pinned=False`, so
that nothing is looked up for a set that is refused anyway; the second holds it to digests.
"""
