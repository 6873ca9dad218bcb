"""Serves an ASGI application until it is told to end; requests that have begun are answered first."""

import uvicorn
from starlette.types import ASGIApp

GRACE = 10
"""Seconds that requests in flight may take after SIGTERM: as long as GitHub waits for an answer."""


async def serve(application: ASGIApp, host: str, port: int) -> None:
    """Returns after SIGTERM or SIGINT, when every request that had begun was answered or GRACE is over."""
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    await uvicorn.Server(config).serve()
