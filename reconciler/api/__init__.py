"""The urllib3 client: one wrapper, one outcome a request, nothing of the engine."""
