"""What guards pages that browsers use: which address a request counts for, proxies that nobody declared, and where a form may come from.

``forwarding`` reads addresses from the headers of proxies that the operator named; ``proxies`` warns of the others; ``forms`` tells forms of our own
pages from those of other sites. Which Host is answered to, cookies and the pages that refuse are each program's own.

It may import the value modules at the top of ``mcpbase``, and neither program.
"""
