"""What a model answers, and whether that is what was expected: the check before a promotion."""
