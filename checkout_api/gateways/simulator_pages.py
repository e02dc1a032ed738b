"""The simulated provider's and the simulated bank's pages, so that redirects lead somewhere in the demo."""

import html

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse

from checkout_api.errors import NotFoundError
from checkout_api.gateways.simulator import SimulatorGateway
from checkout_api.gateways.simulator_cards import TEST_TOKENS
from checkout_api.payments import SetupState

_GIVE_UP = "none"


def pages(gateway: SimulatorGateway) -> APIRouter:
    """Return the routes of the pages; links do what a real page does by forms, as no money moves."""
    router = APIRouter(prefix="/simulator", include_in_schema=False)

    @router.get("/setups/{setup_id}")
    def choose(setup_id: str) -> HTMLResponse:
        if not _is_open(gateway, setup_id):
            raise NotFoundError(f"the payment simulator has no open setup {setup_id!r}")
        links = [
            (f"{setup_id}/{token}", f"{card.card.brand} ending in {card.card.last4} ({token})")
            for token, card in TEST_TOKENS.items()
        ]
        return _page("Choose a test card", [*links, (f"{setup_id}/{_GIVE_UP}", "Go back without a card")])

    @router.get("/setups/{setup_id}/{token}")
    def chosen(setup_id: str, token: str) -> RedirectResponse:
        try:
            return RedirectResponse(gateway.choose_card(setup_id, token), status_code=303)
        except ValueError as error:
            raise NotFoundError(str(error)) from None

    @router.get("/banks/{charge_id}")
    def ask(charge_id: str) -> HTMLResponse:
        return _page(
            "Your bank asks: is this you?",
            [(f"{charge_id}/yes", "Yes, pay"), (f"{charge_id}/no", "No, this is not me")],
        )

    @router.get("/banks/{charge_id}/{answer}")
    def answered(charge_id: str, answer: str) -> RedirectResponse:
        try:
            back = gateway.authenticate(charge_id, succeeds=answer == "yes")
        except ValueError as error:
            raise NotFoundError(str(error)) from None
        return RedirectResponse(back, status_code=303)

    return router


def _is_open(gateway: SimulatorGateway, setup_id: str) -> bool:
    try:
        return gateway.setup(setup_id).state is SetupState.OPEN
    except ValueError:
        return False


def _page(title: str, links: list[tuple[str, str]]) -> HTMLResponse:
    items = "".join(f'<li><a href="{html.escape(to)}">{html.escape(text)}</a></li>' for to, text in links)
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<h1>{html.escape(title)}</h1><p>This is the payment simulator; no money moves.</p>"
        f"<ul>{items}</ul></html>"
    )
