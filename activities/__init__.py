"""Activities: one class per port, each method a thin step between a workflow and an adapter."""
