"""STUB"""

from typing import Any

import msgspec

from .schema import plain_reason, schema_of


class Mismatch(Exception): ...


NO_DEFAULT: Any = object()


class Codec:
    def __init__(self, kind: Any, schema: dict[str, Any], fields: bool) -> None:
        self.kind, self.schema, self._fields = kind, schema, fields

    def read(self, value: object, *, strict: bool = True) -> Any:
        try:
            v = msgspec.convert(value, self.kind, strict=strict, str_keys=True)
        except msgspec.ValidationError as e:
            raise Mismatch(plain_reason(e)) from e
        return {n: getattr(v, n) for n in v.__struct_fields__} if self._fields else v

    def write(self, value: Any) -> bytes:
        b = msgspec.json.encode(value)
        try:
            msgspec.json.decode(b, type=self.kind)
        except msgspec.ValidationError as e:
            raise TypeError(str(e)) from e
        return b


def codec_of(kind: Any) -> Codec:
    return Codec(kind, schema_of(kind), False)


def arguments_of(fields: list[Any], descriptions: dict[str, str]) -> Codec:
    s = msgspec.defstruct("Arguments", [(n, k) if d is NO_DEFAULT else (n, k, d) for n, k, d in fields], kw_only=True, forbid_unknown_fields=True)
    sch = {n: v for n, v in schema_of(s).items() if n != "title"}
    return Codec(s, {**sch, "additionalProperties": False}, True)
