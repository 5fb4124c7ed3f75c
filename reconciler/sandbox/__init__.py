"""The embedded API simulator; imports nothing of the rest of the project."""
