"""`python -m bench.point STATE URL`: let a state belong to the endpoint at this URL.

The simulator has another port each time, and a state belongs to one endpoint.
"""

import sys
from pathlib import Path

from msgspec.structs import replace

from reconciler.core.codec import decode, encode

path, url = Path(sys.argv[1]), sys.argv[2]
state = decode(path.read_bytes(), shown=path.name)
path.write_bytes(encode(replace(state, endpoint=(url, "", ""))))
