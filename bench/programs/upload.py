"""One upload through our client, of bytes whose digest is known, as after a plan.

What is too large for one request goes in parts, as the product sends it.
"""

import os
import sys
from pathlib import Path

from reconciler.api import FILE_LIMIT, Upload, connect, resolve_endpoint

path, url, digest = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
size = path.stat().st_size
key = {"OPENAI_API_KEY": "bench"}
purpose = "fine-tune" if path.suffix == ".jsonl" else "user_data"
endpoint = resolve_endpoint("compatible", url, None, None, os.environ | key)
with connect(endpoint) as api, api.dial() as line, path.open("rb") as source:
    planned = Upload(source, path.name, path.name, purpose, size, digest)
    send = api.upload_in_parts if size > FILE_LIMIT else line.create_file
    file = send(planned, op="bench")
if size <= FILE_LIMIT and file["bytes"] < size:
    sys.exit(f"the server read {file['bytes']} of {size} bytes")
