"""The views of a trace: chapters and steps for pages and terminal, a document, and HAR.

``flow`` arranges hops into chapters; ``chapters`` and ``glossary`` explain the flow and its words (why a step failed
is said in ``trace.causes``), ``rules`` the links to specifications; ``markup`` makes HTML of it; ``document`` and
``har`` are for download, in the formats of ``document_format`` and ``har_format``.

It may import ``trace.diagnosis``, ``trace.recording`` and the value modules at the top of ``webclient``.
``tests/test_arrows.py`` holds it to that.
"""

from .document import document
from .flow import Flow, View, flow_of
from .glossary import entry
from .har import har
from .rules import read_at

__all__ = ["Flow", "View", "document", "entry", "flow_of", "har", "read_at"]
