"""Microsoft's own emulator of Azure's blobs (Azurite), from npm, as a server of the tests' own."""

import atexit
import base64
import hashlib
import hmac
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import formatdate
from functools import cache
from unittest.mock import patch
from uuid import uuid4

import urllib3

from tests.support.cli import PATIENCE
from tests.support.npm import packages

PACKAGE = "azurite@3.35.0"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Those of every Azurite: they stand in its documentation."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int

    @property
    def url(self) -> str:
        """Of the account."""
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    @property
    def environ(self) -> Mapping[str, str]:
        """What obstore needs to reach it."""
        return {
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": KEY,
            "AZURE_STORAGE_ENDPOINT": self.url,
        }

    @contextmanager
    def reached(self) -> Iterator[None]:
        """What obstore needs is in the environment of this process."""
        with patch.dict(os.environ, self.environ):
            yield

    def container(self) -> str:
        """An empty container; its name."""
        name = f"states-{uuid4().hex[:12]}"
        asked = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
        lines = ["PUT", *[""] * 11, *(f"{key}:{value}" for key, value in asked.items())]
        signed = "\n".join([*lines, f"/{ACCOUNT}/{ACCOUNT}/{name}", "restype:container"])
        digest = hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()
        signature = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
        headers = {**asked, "authorization": signature, "content-length": "0"}
        made = urllib3.request("PUT", f"{self.url}/{name}?restype=container", headers=headers)
        assert made.status == 201, made.data
        return name


@cache
def server() -> Server:
    """The server of this process; it ends with the process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = packages(PACKAGE) / "node_modules/.bin/azurite-blob"
    said = ("--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--silent")
    process = subprocess.Popen(
        [program, "--blobPort", str(port), *said],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(process.kill)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return Server(port)
        time.sleep(0.05)
    raise AssertionError(f"{PACKAGE} does not start")
