"""Limits that routes ask for: per address where nobody is signed in, per account, and per device."""

from fastapi import Depends, Request

from checkout_api.dependencies import CallerDep, ContextDep, Device


async def _limit_address(context: ContextDep, request: Request) -> None:
    address = request.client.host if request.client else "unknown"
    context.limiter.hit(context.settings.address_limit, request.url.path, address)


async def _limit_caller(context: ContextDep, request: Request, caller: CallerDep) -> None:
    settings = context.settings
    if isinstance(caller, Device):
        context.limiter.hit(settings.device_limit, "device", caller.device_id)
    else:
        route = getattr(request.scope.get("route"), "path", request.url.path)
        context.limiter.hit(settings.account_limit, route, caller.account_id)


AddressLimit = Depends(_limit_address)
CallerLimit = Depends(_limit_caller)
