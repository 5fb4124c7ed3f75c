"""The urllib3 client: one wrapper, one outcome a request, nothing of the engine.

Importing this package does not import urllib3; `connect` does.
"""

from reconciler.api.client import Api, connect
from reconciler.api.dialects import DIALECTS, Dialect, dialect_of
from reconciler.api.endpoint import Endpoint, resolve_endpoint
from reconciler.api.multipart import FILE_LIMIT, Upload
from reconciler.api.outcome import is_final_quota, is_still_processing, is_transient
from reconciler.api.reply import Json
from reconciler.api.result_csv import result_csv
from reconciler.api.text import clean

__all__ = [
    "DIALECTS",
    "FILE_LIMIT",
    "Api",
    "Dialect",
    "Endpoint",
    "Json",
    "Upload",
    "clean",
    "connect",
    "dialect_of",
    "is_final_quota",
    "is_still_processing",
    "is_transient",
    "resolve_endpoint",
    "result_csv",
]
