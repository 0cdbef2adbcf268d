"""What both programs stand on: code that is neither OAuth nor MCP, and that the service and the web client need alike.

- ``serving`` takes in connections and bodies within bounds; ``bounded`` reads a body up to a bound; ``json_bounds`` counts what a text of JSON would become.
- ``addresses`` says where strangers may lead, and ``resolver`` connects nowhere else.
- ``sign_in`` checks passwords and slows guessing down; ``seal`` and ``secret_file`` keep what rests sealed and the secret that opens it.
- ``guard`` is for pages that browsers use: proxies in front, and where a form may come from.
- ``sqlite`` makes and judges the file of a database, and its errors.
- ``masking`` makes secrets in a text unreadable; ``shutdown`` ends a program in good order and in time.
- ``settings`` has what settings accept, and where they come from.
- ``sources`` has time and chance as values; ``base64url`` and ``frontmatter`` write and read what they are called.

Imports neither ``mcpserver`` nor ``webclient``; both may import it, and so may the tests. What speaks OAuth or MCP does not belong here: the two programs write
that separately on purpose, so that each is a check of the other (``tests/mcpbase/test_both_sides.py`` holds them against the same tables).
It is installed with both programs and has no interface of its own to keep stable.
"""
