"""Digest and rules of a dataset in one pass; the last line is the seconds it took.

The second argument is how many processes judge it, 0 for as many as can work at once; the third an
encoding to count its tokens with.
"""

import gc
import sys
import time
from pathlib import Path

from reconciler.datasets.dataset import Dataset
from reconciler.datasets.scan import scan_dataset
from reconciler.sources import LocalFile

gc.disable()  # as the command does
path = Path(sys.argv[1])
began = time.perf_counter()
crew, encodings = int((*sys.argv, "0")[2]) or None, tuple(sys.argv[3:])
found = scan_dataset(Dataset(LocalFile(str(path)), path.name, encodings=encodings), crew)
took = time.perf_counter() - began
if wrong := [problem.what for problem in found.problems if problem.severity == "error"]:
    sys.exit(f"the dataset has problems: {wrong[0]}")
print(took)
