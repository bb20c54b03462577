"""Become another program that cannot outlive the process that started it.

Run as a script (`python -I -S tether.py <parent pid> <program> <arguments…>`), so that the wish is made in the child
itself, after the fork and before the exec, without running Python code in a forked copy of a threaded process.
On Linux the kernel then kills the program when the hub is gone, also after `kill -9`. Where there is no such call,
the next start finds what was left behind (see `hub.mongo.data`).
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, program, arguments = int(sys.argv[1]), sys.argv[2], sys.argv[2:]
    if sys.platform == "linux":
        # SIGKILL, not SIGTERM: what was acknowledged is in the journal, and a server that hangs must go too.
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            sys.exit(f"prctl failed with errno {ctypes.get_errno()}")
        if os.getppid() != parent:  # it died before the wish was made
            sys.exit("the starting process is gone")
    os.execv(program, arguments)


if __name__ == "__main__":
    main()
