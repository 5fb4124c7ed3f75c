"""Where the state lives: lock, load, append, checkpoint."""
