"""An apply of many small files at an endpoint that takes its time; says how long they took.

What is counted goes from the first upload that begins to the last one that is done.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench.process import environ, serving

KILOBYTES = 100
folder, count, lanes, latency = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]

shutil.rmtree(folder, ignore_errors=True)
folder.mkdir()
files = {}
for number in range(count):
    name = f"f{number}"
    (folder / f"{name}.bin").write_bytes(os.urandom(KILOBYTES * 1000))
    files[name] = {"path": f"{name}.bin", "purpose": "user_data"}
manifest = {"version": 1, "project": "many", "provider": {"kind": "compatible"}, "files": files}
(folder / "reconciler.yaml").write_text(json.dumps(manifest))

fault = f"latency,method=POST,path=/v1/files,seconds={latency}"
server = ("-m", "reconciler", "sandbox", "serve", "--port", "0", "--fault", fault)
with serving(*server) as url:
    own = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "bench", "XDG_CACHE_HOME": str(folder)}
    command = (sys.executable, "-u", "-m", "reconciler", "apply", "--yes", "--json")
    with subprocess.Popen(
        [*command, "--parallel", lanes], cwd=folder, env=environ(own), stdout=subprocess.PIPE
    ) as child:
        times: dict[str, list[float]] = {"started": [], "done": []}
        for line in child.stdout or ():
            times.setdefault(json.loads(line)["type"], []).append(time.perf_counter())
if child.returncode or len(times["done"]) != count:
    sys.exit(f"exit {child.returncode}: {len(times['done'])} of {count} are there")
print(times["done"][-1] - times["started"][0])
