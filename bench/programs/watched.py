"""`watched.py DESCRIPTOR PROGRAM ARGUMENTS…`: run it, and write what it took to the descriptor.

Seconds, peak resident kilobytes, and the status that it was waited for with. The kernel begins the
peak of a process with that of the one which started it, so this one imports next to nothing.
"""

import os
import sys
import time

told, program = int(sys.argv[1]), sys.argv[2]
os.set_inheritable(told, False)
began = time.perf_counter()
child = os.posix_spawn(program, sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - began
os.write(told, f"{seconds} {usage.ru_maxrss} {status}".encode())
