"""The page of the flow trace, updated live."""

import re
from urllib.parse import urlencode

from aiohttp import web
from attrs import frozen

from ...storage import Integration
from ...trace import Chapter
from ...trace.display import Flow, View, flow_of
from ..http import CONNECTIONS, Context, own_integration, render

routes = web.RouteTableDef()
MARK = re.compile(r"[0-9a-f]{10}")


@frozen
class Wanted:
    """The part of the trace that the query asks for.

    ``run`` None is the latest run; ``open`` is whether every step is unfolded.
    """

    run: int | None
    view: View
    open: bool

    @classmethod
    def read(cls, request: web.Request) -> "Wanted":
        """Read the query of a request. Raises HTTPNotFound when ``run`` is not a number."""
        run, follow, chapter = (request.query.get(name, "") for name in ("run", "follow", "chapter"))
        if run and not (run.isdecimal() and len(run) < 10):
            raise web.HTTPNotFound
        view = View(
            Chapter(chapter) if chapter else None, "failures" in request.query, follow if MARK.fullmatch(follow) else ""
        )
        return cls(int(run) if run else None, view, request.query.get("open") == "all")

    @property
    def query(self) -> str:
        asked = {
            "run": self.run,
            "chapter": self.view.chapter,
            "failures": "yes" if self.view.failures else "",
            "follow": self.view.follow,
        }
        return urlencode(
            {name: value for name, value in {**asked, "open": "all" if self.open else ""}.items() if value}
        )


async def trace_context(request: web.Request, integration: Integration, wanted: Wanted) -> Context:
    """The context of the trace templates."""
    store = request.app[CONNECTIONS].store.hops
    runs = await store.runs(integration.id)
    run = wanted.run or (runs[0].number if runs else 0)
    flow = flow_of(await store.of(integration.id, run), wanted.view)
    return {
        "integration": integration,
        "flow": flow,
        "run": run,
        "runs": runs,
        "query": wanted.query,
        "open": wanted.open,
        **_view(wanted.view),
    }


async def latest_flow(request: web.Request, integration: Integration) -> Flow:
    """The flow of the latest run, running or finished."""
    store = request.app[CONNECTIONS].store.hops
    return flow_of(await store.of(integration.id, await store.latest(integration.id)))


def _view(view: View) -> Context:
    return {"chapter": view.chapter, "failures": view.failures, "follow": view.follow}


@routes.get("/integrations/{id}/trace")
async def show(request: web.Request) -> web.Response:
    integration = await own_integration(request)
    return render(request, "trace.html", await trace_context(request, integration, Wanted.read(request)))


@routes.get("/integrations/{id}/trace/flow")
async def fragment(request: web.Request) -> web.Response:
    """The part of the page that grows; with ``brief`` in the query, its short form."""
    integration = await own_integration(request)
    if "brief" in request.query:
        return render(
            request, "trace_brief.html", {"integration": integration, "flow": await latest_flow(request, integration)}
        )
    return render(request, "trace_flow.html", await trace_context(request, integration, Wanted.read(request)))
