"""Published documents: authorization server metadata, protected resource metadata, and the key set.

``metadata`` is RFC 8414, ``protected_resource`` RFC 9728, ``jwks`` RFC 7517. All of them may be read by any origin
and kept by caches.

It may import ``oauth.discovery``, ``oauth.keys``, ``oauth.protocol``, ``web.http`` and the value modules at the top
of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .jwks import MAX_AGE
from .protected_resource import DESCRIPTION, ROOT, resource_metadata, resource_metadata_url

__all__ = ["DESCRIPTION", "MAX_AGE", "ROOT", "resource_metadata", "resource_metadata_url"]
