"""One pass over the bytes of a dataset: digest, rows, format, and what the API would refuse."""
