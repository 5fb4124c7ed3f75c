"""The rules of what the data teach: warnings, unless the manifest denies or ignores them."""

from collections.abc import Mapping

from reconciler.rules.rule import Rule

QUALITY: Mapping[str, Rule] = {}
