"""What every rule means: `reconciler explain CODE`, and the page of each in docs/rules.md.

A test asserts that each code that the manifest and dataset checks can give stands here.
"""

from collections.abc import Mapping

from reconciler.rules.datasets import DATASETS
from reconciler.rules.manifest import MANIFEST
from reconciler.rules.quality import QUALITY
from reconciler.rules.rule import Rule, Severity

SECTIONS: Mapping[str, Mapping[str, Rule]] = {
    "Manifest": MANIFEST,
    "Datasets": DATASETS,
    "Quality of datasets": QUALITY,
}

RULES: Mapping[str, Rule] = {**MANIFEST, **DATASETS, **QUALITY}

__all__ = ["RULES", "SECTIONS", "Rule", "Severity"]
