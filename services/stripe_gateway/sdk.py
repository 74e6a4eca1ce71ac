"""Loads the SDK, and httpx below it, before the other modules of this package import them.

Both look for libraries that we never use: httpx for what its command line wants (rich, Pygments),
the SDK for `requests`, to make its synchronous client of. That is 11 MB of every process.
"""

from services.lean_imports import import_without

import_without("httpx", "httpx._main")
import_without("stripe", "requests")
