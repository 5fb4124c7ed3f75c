"""Digest and rules of a dataset in one pass; the last line is the seconds it took.

The second argument is how many processes judge it; without one, as many as can work at once.
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
crew = int(sys.argv[2]) if len(sys.argv) > 2 else None  # noqa: PLR2004  # of the arguments
found = scan_dataset(Dataset(LocalFile(str(path)), path.name), crew)
took = time.perf_counter() - began
if wrong := [problem.what for problem in found.problems if problem.severity == "error"]:
    sys.exit(f"the dataset has problems: {wrong[0]}")
print(took)
