"""The API version that the installed SDK pins, and with it the only one the sandbox speaks."""

from stripe._api_version import _ApiVersion

API_VERSION = _ApiVersion.CURRENT
