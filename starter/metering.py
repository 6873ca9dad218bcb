"""Metrics: what Temporal's SDK measures of a worker, for Prometheus.

Free slots, latencies of both task queues, failures and durations of each activity and workflow, by name. What they
mean: https://docs.temporal.io/references/sdk-metrics.
"""

from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from domain.errors import PermanentError
from domain.phases import Reason

VARIABLE = "MATINEE_METRICS"


def measured(address: str) -> Runtime | None:
    """A runtime that serves `/metrics` at this address, IP:PORT, from now on; None without an address.

    A process has one at most. Counters end in `_total` and durations are seconds, as Prometheus would have them.
    PermanentError that names the setting, its value and the cure if nothing can listen there.
    """
    if not address:
        return None
    form = PrometheusConfig(
        bind_address=address, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
    )
    try:
        return Runtime(telemetry=TelemetryConfig(metrics=form))
    except ValueError as error:
        raise PermanentError(
            f"{VARIABLE}: no metrics can be served at {address} ({error}); "
            "each worker of a machine needs a free port of its own, at an address of that machine",
            reason=Reason.SETTINGS,
        ) from error
