"""Types that few manifests have a value of: imported and built once one is read.

Graders and checks are a sixteenth of what a plan imports, and most manifests have none.
"""

from functools import cached_property
from importlib import import_module
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


class Late:
    """Stands in an annotation for a type of another module: `Annotated[Any, Late(MODULE, NAME)]`.

    Values, mistakes and their places, and the JSON Schema are as with the type itself.
    """

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    @cached_property
    def type(self) -> Any:  # noqa: ANN401  # whatever can be annotated with
        """The type."""
        return getattr(import_module(self._module), self._name)

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.type)

    def _read(self, value: object) -> object:
        return self._adapter.validate_python(value)

    def __get_pydantic_core_schema__(self, _: object, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = self._adapter.core_schema
        if name := schema.get("ref"):  # one model: written once, and referred to
            named = core_schema.definition_reference_schema(str(name))
            schema = core_schema.definitions_schema(named, [schema])
        return handler(schema)
