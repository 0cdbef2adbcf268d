"""Settings of a program: what each accepts (``kinds``), and where they come from (``loader``).

Each program has its own table of settings, with their names, defaults and the kinds that only it needs.

It may import the value modules at the top of ``mcpbase``, and neither program.
"""
