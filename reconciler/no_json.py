"""What reading a text as JSON raises where it is none: from whoever wrote it, anything may come."""

import msgspec

NO_JSON = (msgspec.MsgspecError, ValueError, RecursionError)
"""It is no JSON, has what a value may not be, or is nested too deep to be read."""
