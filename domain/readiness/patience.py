"""Patience: for how many seconds a trouble that may pass by itself is not yet called a failure, and why so long.

Everything of a preview is applied within a second, so what one object waits for in another is there within a few.
A controller that has not cured its trouble by then will not, until somebody changes something.
"""

MISSING = 15.0
"""A Secret, ConfigMap, ServiceAccount or Service that is named and not there: External Secrets copies one in 0.1 s,
and 15 s are several attempts of the kubelet."""

SCHEDULING = 15.0
"""A pod that fits on no node: kstatus waits as long (`ScheduleWindow`), for a pod that ends may make room."""

SCALING = 300.0
"""The same when an autoscaler has said that it adds a node: a cloud's node takes two to four minutes."""

NETWORK = 60.0
"""Servers that do not answer, such as a registry, a webhook or a storage driver: a restart takes less, and the
kubelet tries an image at 0, 10 and 30 s."""

QUOTA = 5.0
"""A quota that is full of other pods: the old ones of a rolling update go within a second, if they go."""

ROUTE = 10.0
"""A route that its gateway refuses: measured, gateways accept in 0.2 s; a Service may come after its route."""

STARTING = 10.0
"""A container that the runtime cannot create: the kubelet has tried again by then."""

WRONG_ANSWER = 30.0
"""A readiness probe that is answered by 4xx: something listens and does not know the path, which is no starting."""

NO_ANSWER = 120.0
"""A readiness probe without an answer, or with 5xx: slow applications load, compile and migrate at their start."""

STEADY = 3.0
"""A container without a readiness probe is ready before it has done anything; most that cannot run end within two
seconds. One more, because the API server's times are whole seconds."""

ENDS = 3
"""Ends of a container after which it has failed, as on the local platform. kstatus calls CrashLoopBackOff a failure,
which comes at the second end; but a service often ends once or twice until another one listens, and the third
end comes 10 s after the second, which is soon enough to be told."""

HOPELESS_ENDS = 2
"""The same for ends that no other service can cure, such as a missing program or too little memory."""

REJECTIONS = 3
"""Pods of one revision that nodes have rejected or evicted, after which the next will be as well."""
