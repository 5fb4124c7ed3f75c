"""What the commands do, one file each, and what they share in doing it."""
