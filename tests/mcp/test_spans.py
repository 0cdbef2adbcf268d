"""Spans where OpenTelemetry is set up, and the trace in the log where it is not (MCP 2026-07-28, basic: OpenTelemetry
trace context).

In a process of its own: a tracer provider is set once and for all.
"""

import json
import subprocess
import sys
from textwrap import dedent

PARENT = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"

SERVER = f"""
import asyncio, json, logging, sys
from tests.mcp.desk import Desk
from mcpserver import Context, MCPServer
server = MCPServer("traced")

@server.tool
async def work(context: Context) -> str:
    logging.getLogger("author").warning("working")
    return "done"

async def call():
    await Desk(server).call("work", meta={{"traceparent": "{PARENT}", "tracestate": "a=1"}})
    await Desk(server).call("work")
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", dedent(code)], capture_output=True, text=True, timeout=60, check=True)


def test_request_is_a_span_of_the_trace_it_came_in() -> None:
    """W3C Trace Context, section 3.2; OpenTelemetry semantic conventions for MCP."""
    spans = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
asyncio.run(call())
found = [
    [s.name, dict(s.attributes), format(s.context.trace_id, "032x"), s.parent and format(s.parent.span_id, "016x")]
    for s in exporter.get_finished_spans()
]
print(json.dumps(found))
"""
    first, second = json.loads(run(SERVER + spans).stdout)
    assert first == [
        "tools/call",
        {"mcp.method.name": "tools/call"},
        "0af7651916cd43dd8448eb211c80319c",
        "00f067aa0ba902b7",
    ]
    assert second[0] == "tools/call"
    assert second[2] != first[2]
    assert second[3] is None


def test_log_says_to_which_trace_a_line_belongs() -> None:
    lines = run(
        SERVER
        + "from mcpserver.cli.process.logging_setup import write_journal\nwrite_journal('info')\nasyncio.run(call())\n"
    ).stderr.splitlines()
    first, second = [line for line in lines if "working" in line]
    assert "author: [trace 0af7651916cd43dd8448eb211c80319c] working" in first
    assert second.endswith("author: working")
