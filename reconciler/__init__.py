"""Plan and apply files and fine-tuning jobs on OpenAI-compatible APIs."""

__version__ = "0.1.0"
