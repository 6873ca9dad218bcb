"""Readiness: from objects as the API server returns them to a verdict: ready, still in progress, or failed and why.

`judge` is all that an adapter needs: it reads what it can of a preview's namespace into an Observation and gets one
Readiness per object, in words for the developer. Everything here is pure: no clock, no server, no library.

Ready is what kstatus calls current (kubernetes-sigs/cli-utils, `pkg/kstatus`); where a rule differs, its module says
how and why. Failed is more than there: what the pods and events of a workload say is told as soon as waiting is
no use, and not when a deadline has passed; `patience` holds every number that decides when that is.
"""

from domain.readiness.judging import judge, judge_one, overall
from domain.readiness.observations import Observation
from domain.readiness.verdicts import Readiness, State

__all__ = ["Observation", "Readiness", "State", "judge", "judge_one", "overall"]
