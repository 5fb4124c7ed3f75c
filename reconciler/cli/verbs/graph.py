"""`reconciler graph`: the resources of a manifest and their references, for others to draw."""

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.workspace import read_manifest
from reconciler.errors import InvalidInput
from reconciler.kinds import BY_NAME
from reconciler.manifest import Manifest
from reconciler.manifest.resolve import check_references, references_of
from reconciler.render.graph import Edge, Graph, dot, graph_document, mermaid


def show_graph(settings: Settings, /, format_: str) -> int:
    """Print the graph in one of its formats."""
    manifest = read_manifest(settings)
    if problems := check_references(manifest, BY_NAME):
        raise InvalidInput(problems)
    graph, out = graph_of(manifest), settings.out
    if out.is_json:
        out.document(graph_document(graph))
    else:
        out.keep(*(dot(graph) if format_ == "dot" else mermaid(graph)).split("\n"))
    return 0


def graph_of(manifest: Manifest) -> Graph:
    """Every entry of a manifest, and what each one names."""
    edges = [
        Edge(address, ref, field.partition(".")[0])
        for address, spec in manifest.resources
        for field, ref in references_of(manifest, BY_NAME[address.kind], spec)
    ]
    return Graph([address for address, _ in manifest.resources], edges)
