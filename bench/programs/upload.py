"""One upload through our client, of bytes whose digest is known, as after a plan."""

import os
import sys
from pathlib import Path

from reconciler.api import Upload, connect, resolve_endpoint

path, url, digest = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
size = path.stat().st_size
key = {"OPENAI_API_KEY": "bench"}
endpoint = resolve_endpoint("compatible", url, None, None, os.environ | key)
with connect(endpoint) as api, api.dial() as line, path.open("rb") as source:
    planned = Upload(source, path.name, path.name, "fine-tune", size, digest)
    file = line.create_file(planned, op="bench")
if file["bytes"] < size:
    sys.exit(f"the server read {file['bytes']} of {size} bytes")
