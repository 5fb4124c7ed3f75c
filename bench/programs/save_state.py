"""A state from memory to the disk through the real codec and backend; seconds on the last line."""

import gc
import sys
import time
from pathlib import Path

from msgspec.structs import replace

from reconciler.backends import Holder, open_backend
from reconciler.core.codec import decode, encode

gc.disable()  # as the command does
document, target = Path(sys.argv[1]), Path(sys.argv[2])
state = decode(document.read_bytes(), shown="bench")
backend = open_backend(target.name, target.parent)
who = Holder("bench", "bench", "localhost", 0, "", "bench", "")
with backend.lock(who, 0.0, time.sleep):
    began = time.perf_counter()
    state = replace(state, serial=state.serial + 1)
    backend.checkpoint(encode(state), state.serial)
    print(time.perf_counter() - began)
