"""octoDNS on as many records, in sync: a yardstick that does the same kind of work, for DNS.

It is installed in an environment of its own when it is first asked for. Its records stand in a YAML
file, as ours do, and are compared with what a second reading of that file finds.
"""

import subprocess
import sys
from pathlib import Path

from bench.process import Command

RELEASE = "octodns==1.22.0"

_CONFIG = """\
providers:
  source: {class: octodns.provider.yaml.YamlProvider, directory: ./zones, default_ttl: 300}
  target: {class: octodns.provider.yaml.YamlProvider, directory: ./zones, default_ttl: 300}
zones:
  example.com.: {sources: [source], targets: [target]}
"""
_RECORD = """\
host-{n:06}:
  type: A
  value: 10.{high}.{middle}.{low}
"""


def plan_of(folder: Path, records: int) -> Command:
    """Its plan of so many records with nothing to do.

    Raises:
        OSError, subprocess.CalledProcessError: it cannot be installed.
    """
    program = _installed(folder / "venv")
    zones = folder / "zones"
    zones.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(_CONFIG)
    (zones / "example.com.yaml").write_text("---\n" + "".join(map(_record, range(records))))
    return Command(("--config-file", "config.yaml", "--quiet"), folder, program=str(program))


def _installed(venv: Path) -> Path:
    program = venv / "bin" / "octodns-sync"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        pip = (str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet")
        subprocess.run([*pip, "--disable-pip-version-check", RELEASE], check=True)
    return program


def _record(n: int) -> str:
    return _RECORD.format(n=n, high=n >> 16, middle=n >> 8 & 255, low=n & 255)
