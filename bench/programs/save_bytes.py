"""The same bytes, ready: write, fsync, rename, fsync of the folder; seconds on the last line."""

import os
import sys
import time
from pathlib import Path

data, target = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]).with_suffix(".bare")
folder = os.open(target.parent, os.O_RDONLY)
began = time.perf_counter()
temporary = target.with_suffix(".tmp")
with temporary.open("wb") as out:
    out.write(data)
    out.flush()
    os.fsync(out.fileno())
temporary.rename(target)
os.fsync(folder)
print(time.perf_counter() - began)
