"""Runs `python -m MODULE ARGUMENTS…` until standard input ends: no server outlives what started it, however that ended."""

import os
import runpy
import sys
import threading


def watch():
    sys.stdin.buffer.read()
    # At once: there is nothing to be kept, and a server that shuts down in order waits for its last client.
    os._exit(0)


threading.Thread(target=watch, daemon=True).start()
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
