"""What can be typed: one file a command, declared with click alone; a body imports its verb."""
