"""Conversion of values to and from JSON by their types.

``codec`` is the public interface: ``codec_of(kind)`` and ``arguments_of(fields)`` return a ``Codec`` with ``schema``,
``read`` and ``write``. ``reading`` completes objects after msgspec has read them. ``writing`` makes the writers that
prepare values for msgspec to write: of arrays (``array_writing``), objects (``object_writing``), unions
(``union_writing``), dates and numbers (``leaf_writing``) and pydantic types (``foreign_writing``), with what they share
in ``writer``. ``form_models`` makes the schemas of forms.

It may import ``mcp.schema``, ``mcp.types`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""

from .codec import NO_DEFAULT, Codec, Mismatch, arguments_of, codec_of
from .form_models import form_schema_of

__all__ = ["NO_DEFAULT", "Codec", "Mismatch", "arguments_of", "codec_of", "form_schema_of"]
