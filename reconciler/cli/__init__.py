"""The only place that prints, prompts and exits."""
