"""What is declared and what reads what, as a diagram that other programs draw."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from reconciler.core.address import Address
from reconciler.render.flowchart import Arrow, Box, flowchart


class Edge(NamedTuple):
    """A resource reads another one; `field` is the API's name of how."""

    source: Address
    target: Address
    field: str


class Graph(NamedTuple):
    """Every declared resource, and every reference between two of them."""

    nodes: Sequence[Address]
    edges: Sequence[Edge]


def mermaid(graph: Graph) -> str:
    """A flowchart from what is read to what reads it, for Markdown pages of GitHub and GitLab."""
    names = {node: f"n{number}" for number, node in enumerate(graph.nodes)}
    return flowchart(
        [Box(name, (str(node),), _is_stored(node)) for node, name in names.items()],
        [Arrow(names[e.target], names[e.source], e.field) for e in graph.edges],
    )


def dot(graph: Graph) -> str:
    """The same in the language of Graphviz."""
    lines = ["digraph reconciler {", "  rankdir=LR;", "  node [fontname=monospace];"]
    lines += [f'  "{node}" [shape={_shape(node)}];' for node in graph.nodes]
    lines += [f'  "{e.target}" -> "{e.source}" [label="{e.field}"];' for e in graph.edges]
    return "\n".join([*lines, "}"])


def graph_document(graph: Graph) -> dict[str, Any]:
    """The same as JSON."""
    edges = [{"from": str(e.target), "to": str(e.source), "field": e.field} for e in graph.edges]
    return {"version": 1, "nodes": [str(node) for node in graph.nodes], "edges": edges}


def _shape(node: Address) -> str:
    return "cylinder" if _is_stored(node) else "box"


def _is_stored(node: Address) -> bool:
    return node.kind == "files"
