"""Lineage as a diagram: bytes, file, job, checkpoint, model, alias."""

from reconciler.core.lineage import Answer, Data, Lineage, Training
from reconciler.core.words import short
from reconciler.render.flowchart import Arrow, Box, flowchart
from reconciler.render.lineage_text import made_words


def diagram(answer: Answer) -> str:
    """A flowchart of all of it, each thing drawn once."""
    drawing = _Drawing()
    if answer.file:
        drawing.file(answer.file)
    for lineage in answer.lineages:
        drawing.lineage(lineage)
    return flowchart(drawing.boxes.values(), drawing.arrows)


class _Drawing:
    """Boxes by what they stand for, and the arrows between them."""

    def __init__(self) -> None:
        self.boxes: dict[tuple[str, str], Box] = {}
        self.arrows: dict[Arrow, None] = {}

    def box(self, of: tuple[str, str], *label: str, is_stored: bool = False) -> str:
        """The name of the box that stands for this."""
        made = Box(f"n{len(self.boxes)}", tuple(filter(None, label)), is_stored)
        return self.boxes.setdefault(of, made).name

    def arrow(self, source: str, target: str, label: str = "") -> None:
        """Drawn once, however often it is met."""
        self.arrows[Arrow(source, target, label)] = None

    def lineage(self, lineage: Lineage) -> None:
        """A model, what made it and what uses it."""
        job, made = lineage.training, lineage.training and self.job(lineage.training)
        if not lineage.model:
            return
        model = self.model(lineage.model)
        if job and made and lineage.step is not None:
            saved = self.box(("checkpoint", lineage.model), "checkpoint", f"step {lineage.step}")
            self.arrow(made, saved)
            self.arrow(saved, model)
        elif made:
            self.arrow(made, model)
        for use in lineage.uses:
            alias = self.box(("alias", str(use.alias)), str(use.alias))
            self.arrow(model, alias, "" if use.is_current else "earlier")

    def model(self, name: str) -> str:
        """A model; a base model, too."""
        return self.box(("model", name), "model", name)

    def job(self, job: Training) -> str:
        """A job, and all that it was made of."""
        made = self.box(
            ("job", job.id), str(job.address or ""), job.id, job.status, made_words(job.made)
        )
        for data in job.data:
            self.arrow(self.file(data, job.id), made, data.field)
        if job.base:
            base = self.model(job.base)
            if job.parent:
                self.arrow(self.job(job.parent), base)
            self.arrow(base, made, "model")
        return made

    def file(self, data: Data, reader: str = "") -> str:
        """A file, and the bytes that it was made of; one without an id is its reader's alone."""
        which = data.file or f"{data.field} of {reader}"
        told = data.file or "file not recorded"
        file = self.box(("file", which), str(data.address or ""), told, is_stored=True)
        if data.sha256:
            rows = f"{data.rows:,} rows" if data.rows is not None else ""
            digest = f"sha256 {short(data.sha256)}"
            self.arrow(self.box(("data", data.sha256[:32]), digest, rows, is_stored=True), file)
        return file
