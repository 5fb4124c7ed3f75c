"""Models that few manifests have a value of: imported and built once one is read.

Graders and checks are a sixteenth of what a plan imports, and most manifests have none.
"""

from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


class Late:
    """Reads a field by a model of another module: `Annotated[dict[str, Any], Late(MODULE, NAME)]`.

    Mistakes and their places, and the JSON Schema are those of the model; what it reads is kept as
    plain values, without those that are None, as that is all that it is used for here.
    """

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    @cached_property
    def type(self) -> Any:  # noqa: ANN401  # whatever can be annotated with
        """The type."""
        return getattr(import_module(self._module), self._name)

    @cached_property
    def _adapter(self) -> "TypeAdapter[BaseModel]":
        from pydantic import TypeAdapter  # noqa: PLC0415  # as all of it here: specs import this

        return TypeAdapter(self.type)

    def _read(self, value: object) -> dict[str, Any]:
        read = self._adapter.validate_python(value)
        return read.model_dump(mode="json", exclude_none=True)

    def __get_pydantic_core_schema__(self, _: object, __: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core import core_schema  # noqa: PLC0415

        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(
        self, _: "CoreSchema", handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        from pydantic_core import core_schema  # noqa: PLC0415

        schema = self._adapter.core_schema
        if name := schema.get("ref"):  # one model: written once, and referred to
            named = core_schema.definition_reference_schema(str(name))
            schema = core_schema.definitions_schema(named, [schema])
        return handler(schema)
