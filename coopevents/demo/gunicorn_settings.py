"""What gunicorn does beyond its command line, when it serves the demo."""

import gc


def when_ready(_server: object) -> None:
    """Take what was loaded out of the garbage collector's sight before the processes fork.

    Otherwise each process goes through all of it when it ends, and so copies what it shares.
    """
    gc.collect()
    gc.freeze()
