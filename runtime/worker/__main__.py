"""``python -m runtime.worker``: started by ``WorkerClient``, of no use by hand."""

import faulthandler
import logging
import signal

from .channel import Channel
from .handlers import HANDLERS, warm_up
from .server import serve


def main() -> None:
    channel = Channel.claim()
    faulthandler.enable()
    # Ctrl-C in a terminal is for Blender, which ends the worker when it wants to.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    serve(HANDLERS, channel, warm_up)


if __name__ == "__main__":
    main()
