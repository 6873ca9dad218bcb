"""Previews as processes of this machine: found again by pid and mark, and detached from the worker that began them.

This platform isolates by user, folder and limits, not by kernel: whoever may push runs code here. It therefore
must not serve strangers, which the policy sees to (`Policy.strangers_allowed`). Nothing is imported here, because
one small supervisor for each release imports this package too.

A service listens on 127.0.0.1, at the port that the variable `PORT` names.
"""
