"""What browsers are told not to do with our answers.

An answer of the API is data: nothing in it may run, be framed or be kept. The page about the API brings its
own scripts and one that is written into it.
"""

from typing import cast

from secure import (
    CacheControl,
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)
from secure.middleware import SecureASGIMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

# As recommended for at least a year by the OWASP HTTP headers cheat sheet.
_HSTS_S = 31_536_000
_PAGES = ("/docs", "/static-offline-docs")


class SecurityHeaders:
    """ASGI middleware: the strictest headers for data, a little less for the page about the API."""

    def __init__(self, app: ASGIApp) -> None:
        nothing = ContentSecurityPolicy().default_src("'none'").frame_ancestors("'none'")
        page = (
            ContentSecurityPolicy()
            .default_src("'self'")
            .script_src("'self'", "'unsafe-inline'")
            .style_src("'self'", "'unsafe-inline'")
            .img_src("'self'", "data:")
            .frame_ancestors("'none'")
        )
        self._data = SecureASGIMiddleware(app, secure=_headers(nothing, CacheControl().no_store()))
        self._page = SecureASGIMiddleware(app, secure=_headers(page, CacheControl().no_cache()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_page = scope["type"] == "http" and scope["path"].startswith(_PAGES)
        chosen: ASGIApp = cast("ASGIApp", self._page if is_page else self._data)
        await chosen(scope, receive, send)


def _headers(policy: ContentSecurityPolicy, cache: CacheControl) -> Secure:
    return Secure(
        csp=policy,
        cache=cache,
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        hsts=StrictTransportSecurity().max_age(_HSTS_S),
        permissions=PermissionsPolicy().geolocation().microphone().camera(),
        referrer=ReferrerPolicy().no_referrer(),
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().deny(),
    )
