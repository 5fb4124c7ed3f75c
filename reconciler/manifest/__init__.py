"""YAML with marks, strict models, resolved desired resources."""
