"""What both services have in common: how they are served."""

import os

import uvicorn
from starlette.applications import Starlette


def serve(application: Starlette) -> None:
    """The application answers on PORT until it is told to end; HOST is the loopback address unless it is set."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])
    uvicorn.run(application, host=host, port=port, log_level="info")
