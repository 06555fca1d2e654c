"""``python -m runtime.worker``: started by ``WorkerClient``, of no use by hand."""

import faulthandler
import logging
import os
import signal

from .channel import Channel
from .handlers import HANDLERS, warm_up
from .limits import limit_memory
from .server import serve

LEVEL_VARIABLE = "MOTIVO_LOG_LEVEL"
"""Environment variable with the least that is written: DEBUG, INFO, WARNING or ERROR."""


def main() -> None:
    channel = Channel.claim()
    faulthandler.enable()
    # Ctrl-C in a terminal is for Blender, which ends the worker when it wants to.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(
        level=os.environ.get(LEVEL_VARIABLE, "INFO"),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    limit_memory()
    serve(HANDLERS, channel, warm_up)


if __name__ == "__main__":
    main()
