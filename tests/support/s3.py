"""An S3 server of the tests' own (moto), and boto3 beside it as a witness that is not ours.

One a process, in a thread, started when it is first asked for. `s3_proxy` is a way to it that can
be disturbed: a store that ignores the conditions of a write, answers that get lost.
"""

import atexit
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1",
}


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int

    @property
    def environ(self) -> Mapping[str, str]:
        """What obstore needs to reach it."""
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}"}

    @cached_property
    def witness(self) -> Any:
        """A client that is not ours."""
        return boto3.client(
            "s3",
            endpoint_url=self.environ["AWS_ENDPOINT_URL"],
            region_name=CREDENTIALS["AWS_REGION"],
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    @contextmanager
    def reached(self) -> Iterator[None]:
        """What obstore needs is in the environment of this process."""
        with patch.dict(os.environ, self.environ):
            yield

    def bucket(self) -> str:
        """An empty bucket; its name."""
        name = f"states-{uuid4().hex[:12]}"
        self.witness.create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str) -> list[str]:
        """What the witness sees in it."""
        found = self.witness.list_objects_v2(Bucket=bucket)
        return [each["Key"] for each in found.get("Contents", [])]

    def content(self, bucket: str, key: str) -> bytes:
        """An object, as the witness reads it."""
        data: bytes = self.witness.get_object(Bucket=bucket, Key=key)["Body"].read()
        return data


@cache
def server() -> Server:
    """The server of this process; it ends with the process."""
    for name in ("werkzeug", "botocore", "boto3"):
        logging.getLogger(name).setLevel(logging.ERROR)
    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    atexit.register(started.stop)
    return Server(started.get_host_and_port()[1])
