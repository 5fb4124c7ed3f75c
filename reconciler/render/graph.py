"""What is declared and what reads what, as a diagram that other programs draw."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.core.address import Address


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
    names = _names(graph)
    lines = ["flowchart LR"]
    lines += [_mermaid_node(names[node], node) for node in graph.nodes]
    lines += [f"  {names[e.target]} -->|{e.field}| {names[e.source]}" for e in graph.edges]
    return "\n".join(lines)


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


def _names(graph: Graph) -> Mapping[Address, str]:
    """Mermaid's ids; an address may hold what it takes for its own."""
    return {node: f"n{number}" for number, node in enumerate(graph.nodes)}


def _mermaid_node(name: str, node: Address) -> str:
    opens, closes = ("[(", ")]") if _is_stored(node) else ("[", "]")
    return f'  {name}{opens}"{node}"{closes}'


def _shape(node: Address) -> str:
    return "cylinder" if _is_stored(node) else "box"


def _is_stored(node: Address) -> bool:
    return node.kind == "files"
