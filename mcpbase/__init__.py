"""Code that is neither OAuth nor MCP, which the service and the web client both need.

- ``serving`` accepts connections and bodies within bounds; ``bounded`` reads a body up to a bound; ``json_bounds``
  counts what a JSON text would become, and ``json_schema`` how much work a check against a schema is.
- ``addresses`` says where strangers may make the programs connect to, and ``resolver`` connects nowhere else.
- ``sign_in`` checks passwords and slows guessing down; ``seal`` and ``secret_file`` keep stored values sealed, and the
  secret that opens them; ``jws`` sets up joserfc for signatures.
- ``guard`` is for pages that browsers use: proxies in front, and forms of other sites.
- ``sqlite`` opens the file of a database; ``migrations`` are numbered SQL files, ``table`` the columns of a table.
- ``masking`` makes secrets in a text unreadable; ``shutdown`` ends a program in good order and in time.
- ``settings`` has what settings accept, and where they come from.
- ``sources`` has time and randomness as values; ``base64url`` and ``frontmatter`` read and write these formats.

It imports neither ``mcpserver`` nor ``webclient``; both may import it, and so may the tests. OAuth and MCP do not
belong here: the two programs implement them separately on purpose, so that each is a check of the other
(``tests/mcpbase/test_both_sides.py`` runs the same tables over both). It is installed with both programs and has no
stable interface of its own.
"""
