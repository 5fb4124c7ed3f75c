"""Our client lists objects to their end, as a plan does."""

import gc
import os
import sys

from reconciler.api import connect, resolve_endpoint

gc.disable()
with connect(resolve_endpoint("compatible", None, None, None, os.environ)) as api:
    pages = api.walk_files() if sys.argv[1] == "files" else api.walk_jobs()
    print(sum(len(page) for page in pages))
