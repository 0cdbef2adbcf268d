"""Guards of pages for browsers: the address a request counts for, proxies that are not declared, forms of other sites.

``forwarding`` reads addresses from the headers of proxies that the operator named; ``proxies`` warns of others;
``forms`` distinguishes forms of the program's own pages from those of other sites. The Host that is accepted, cookies
and error pages are each program's own.

It may import the value modules at the top of ``mcpbase``, and neither program.
"""

from .forms import csrf_token, is_csrf_token, is_from_here
from .forwarding import address_of, origin_address
from .proxies import Proxies, missing_proxy

__all__ = ["Proxies", "address_of", "csrf_token", "is_csrf_token", "is_from_here", "missing_proxy", "origin_address"]
