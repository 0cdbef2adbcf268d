"""How connections and bodies are taken in, so that nobody who is slow, silent or many shuts others out.

A connection passes ``doorway``, which accepts it while there are descriptors for it; ``crowd`` and ``connections``
bound how many there are, in all and from one address, and end those that wait longest; ``connection`` gives each a
deadline for its head; ``bodies`` refuses what says of itself that it is too large, and bounds the rest in time; in
bytes, ``mcpbase.bounded`` does so where a route reads. ``limits`` has the bounds of connections, ``site`` puts all of
it together at a port, ``signature`` names the program in the ``Server`` header, ``files`` serves static files,
``templates`` prepares pages, ``descriptors`` raises how many may be open, ``seldom`` keeps a repeated line out of the log.

It may import the value modules at the top of ``mcpbase``, and neither program.
"""
