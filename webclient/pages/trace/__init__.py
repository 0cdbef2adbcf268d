"""The pages of the trace: how a flow is shown and downloaded.

``page`` shows the chapters and steps of an integration's last flows; ``files`` offers them as HTML, JSON and HAR,
masked as they are stored. ``webclient.trace.display`` prepares what they show.

It may import ``pages.http``, ``storage``, ``trace``, ``trace.display``, ``trace.recording`` and the value modules at
the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .page import latest_flow

__all__ = ["latest_flow"]
