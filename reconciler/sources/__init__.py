"""Where the bytes of a dataset are: in a file here, or in an object elsewhere.

Both are values that are opened the same way; nobody else asks which of them it is.
"""

from reconciler.sources.local import LocalFile
from reconciler.sources.remote import RemoteObject
from reconciler.sources.source import Opened, Source, Unreadable, Version

__all__ = ["LocalFile", "Opened", "RemoteObject", "Source", "Unreadable", "Version"]
