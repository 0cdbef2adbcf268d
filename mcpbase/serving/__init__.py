"""Serving connections and bodies within bounds, so that slow, silent or numerous clients do not shut others out.

A connection passes ``doorway``, which accepts it while there are descriptors; ``crowd`` and ``connections`` bound how
many there are, in all and from one address, and end those that wait longest; ``connection`` gives each a deadline for
its head; ``bodies`` refuses bodies that announce to be too large, and bounds the rest in time (``mcpbase.bounded``
bounds bytes where a route reads). ``limits`` has the bounds of connections, ``site`` joins all of it at a port,
``signature`` names the program in the ``Server`` header, ``files`` serves static files, ``templates`` compiles pages,
``descriptors`` raises how many may be open, ``seldom`` limits repeated log lines.

It may import the value modules at the top of ``mcpbase``, and neither program.
"""
