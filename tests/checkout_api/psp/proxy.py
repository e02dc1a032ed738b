"""Stands before localstripe, makes it behave as Stripe does where tests depend on it, and breaks on demand.

localstripe ignores idempotency keys, captures what was canceled, refunds more than was charged, knows no
Checkout pages and no disputes, and asks for the shopper where Stripe declines. What this adds is written
after Stripe's documentation; it is our own, and no part of the product.

Run as `python proxy.py PORT LOCALSTRIPE_PORT`.
"""

import asyncio
import hashlib
import sys
import time
from urllib.parse import parse_qsl, urlencode

import aiohttp
from aiohttp import web

# What localstripe answers 400 to and Stripe takes.
_UNKNOWN_TO_LOCALSTRIPE = (
    "allowed_payment_method_types[0]",
    "off_session",
    "return_url",
    "created[gte]",
    "expand[0]",
    "expand[]",
    "limit",
)


class Proxy:
    """One Stripe account's behaviour, kept in memory."""

    def __init__(self, upstream):
        self._upstream = upstream
        self._answers = {}
        self._locks = {}
        self._sessions = {}
        self._disputes = {}
        self._captured = {}
        self._authentication_required = {}
        self._off_session = set()
        self._return_urls = {}
        self.faults = []
        self.log = []

    def app(self):
        app = web.Application()
        app.router.add_post("/_control", self.control)
        app.router.add_route("*", "/{path:.*}", self.handle)
        return app

    async def control(self, request):
        """Arrange faults, forget keys, or do what shoppers and banks do."""
        body = await request.json()
        self.faults.extend(body.get("faults", []))
        if body.get("clear"):
            self.faults.clear()
        if body.get("forget_keys"):
            self._answers.clear()
        if "choose" in body:
            await self._choose(*body["choose"])
        if "authenticate" in body:
            await self._authenticate(*body["authenticate"])
        if "complain" in body:
            self._complain(*body["complain"])
        if "decide" in body:
            dispute, status = body["decide"]
            self._disputes[dispute]["status"] = status
        return web.json_response({"log": self.log, "waiting": self.faults, "disputes": self._disputes})

    async def handle(self, request):
        """Serve one call of Stripe's API, with the next fault that fits it."""
        body = await request.read()
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        fault = self._next_fault(request)
        self.log.append([request.method, request.path, key, fault])
        if fault == "lost_before":
            request.transport.close()
            return web.Response()
        if fault in {"500_before", "429", "html"}:
            return _broken(fault)
        status, answer = await self._once(request, body, key)
        if fault == "late":
            await asyncio.sleep(3)
        if fault == "lost_after":
            request.transport.close()
            return web.Response()
        if fault == "500_after":
            return _broken("500_before")
        if fault == "replayed_500":
            # As if Stripe had failed after the work: the key keeps giving the error.
            self._answers[key] = (self._answers[key][0], 500, _error("api_error", "boom"))
            return _broken("500_before")
        return web.json_response(answer, status=status)

    def _next_fault(self, request):
        for fault in self.faults:
            if fault["method"] == request.method and fault["path"] in request.path:
                fault["times"] -= 1
                if fault["times"] == 0:
                    self.faults.remove(fault)
                return fault["kind"]
        return None

    async def _once(self, request, body, key):
        """Answer as Stripe's idempotency layer does."""
        if key is None:
            return await self._answer(request, body)
        fingerprint = hashlib.sha256(f"{request.method} {request.path} ".encode() + body).hexdigest()
        lock = self._locks.setdefault(key, asyncio.Lock())
        if lock.locked():
            return 409, _error("idempotency_error", "in use", code="idempotency_key_in_use")
        async with lock:
            if key in self._answers:
                known, status, answer = self._answers[key]
                if known != fingerprint:
                    return 400, _error("idempotency_error", "same key, other parameters")
                return status, answer
            status, answer = await self._answer(request, body)
            if status != 429:
                self._answers[key] = (fingerprint, status, answer)
            return status, answer

    async def _answer(self, request, body):
        path = request.path
        form = dict(parse_qsl(body.decode()))
        if path.startswith("/v1/checkout/sessions"):
            return self._session(request, form)
        if path.startswith("/v1/disputes/"):
            return self._dispute(request, form)
        if path == "/v1/refunds" and request.method == "POST":
            refused = await self._refuse_refund(form)
            if refused:
                return refused
        if path.endswith("/capture"):
            refused = await self._refuse_capture(path, form)
            if refused:
                return refused
        if path.endswith("/confirm"):
            return await self._confirm(path, form)
        query = dict(request.query)
        status, answer = await self._ask(request.method, path, form, query)
        if path.endswith("/capture") and status == 200:
            self._captured[answer["id"]] = int(form.get("amount_to_capture", answer["amount"]))
        return status, await self._dress(answer)

    async def _confirm(self, path, form):
        intent = path.split("/")[3]
        if "return_url" in form:
            self._return_urls[intent] = form["return_url"]
        status, answer = await self._ask("POST", path, form)
        if status == 200 and answer["status"] == "requires_action" and form.get("off_session") == "true":
            self._off_session.add(intent)
            return 402, _error("card_error", "needs the shopper", code="authentication_required")
        return status, await self._dress(answer)

    async def _refuse_refund(self, form):
        intent = await self._intent(form["payment_intent"])
        _, listed = await self._ask(
            "GET", "/v1/refunds", query={"payment_intent": intent["id"], "limit": "100"}
        )
        given = sum(refund["amount"] for refund in listed["data"] if refund["payment_intent"])
        if int(form["amount"]) > intent["amount_received"] - given:
            code = "charge_already_refunded" if given else "amount_too_large"
            return 400, _error("invalid_request_error", "more than is left", code=code)
        return None

    async def _refuse_capture(self, path, form):
        intent = await self._intent(path.split("/")[3])
        if intent["status"] != "requires_capture":
            return 400, _error(
                "invalid_request_error", f"it is {intent['status']}", code="payment_intent_unexpected_state"
            )
        return None

    async def _intent(self, intent_id):
        _, answer = await self._ask("GET", f"/v1/payment_intents/{intent_id}")
        return await self._dress(answer)

    async def _dress(self, answer):
        """Add to localstripe's objects what Stripe's have."""
        kind = answer.get("object")
        if kind == "list":
            listed = [item for item in answer["data"] if not _is_remainder(item)]
            return answer | {"data": [await self._dress(item) for item in listed]}
        if kind != "payment_intent":
            return answer
        intent = dict(answer)
        is_taken = intent["status"] == "succeeded"
        intent["amount_received"] = self._captured.get(intent["id"], intent["amount"]) if is_taken else 0
        if intent["status"] == "requires_action":
            if intent["id"] in self._off_session:
                intent["status"] = "requires_payment_method"
                intent["last_payment_error"] = {"code": "authentication_required"}
            else:
                url = self._return_urls.get(intent["id"], "")
                intent["next_action"] = {
                    "type": "redirect_to_url",
                    "redirect_to_url": {"url": f"https://bank.example/{intent['id']}", "return_url": url},
                }
        if intent["status"] == "requires_capture" and isinstance(intent["latest_charge"], dict):
            details = {"card": {"capture_before": int(time.time()) + 5 * 86_400}}
            intent["latest_charge"] = intent["latest_charge"] | {"payment_method_details": details}
        return intent

    def _session(self, request, form):
        if request.method == "POST":
            session_id = f"cs_test_{len(self._sessions) + 1}"
            self._sessions[session_id] = {
                "id": session_id,
                "object": "checkout.session",
                "mode": form["mode"],
                "customer": form["customer"],
                "status": "open",
                "url": f"https://checkout.example/{session_id}",
                "setup_intent": None,
            }
            return 200, self._sessions[session_id]
        found = self._sessions.get(request.path.rpartition("/")[2])
        return (200, found) if found else (404, _error("invalid_request_error", "no such session"))

    async def _choose(self, session_id, number):
        session = self._sessions[session_id]
        card = {"type": "card", "card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2034"}
        _, method = await self._ask("POST", "/v1/payment_methods", card | {"card[cvc]": "123"})
        attach = {"customer": session["customer"]}
        await self._ask("POST", f"/v1/payment_methods/{method['id']}/attach", attach)
        session["status"] = "complete"
        session["setup_intent"] = {"id": "seti_1", "object": "setup_intent", "payment_method": method}

    async def _authenticate(self, intent_id, succeeds):
        _, intent = await self._ask("GET", f"/v1/payment_intents/{intent_id}")
        form = {"client_secret": intent["client_secret"], "success": "true" if succeeds else "false"}
        await self._ask("POST", f"/v1/payment_intents/{intent_id}/_authenticate", form)

    def _complain(self, dispute_id, intent_id, amount):
        self._disputes[dispute_id] = {
            "id": dispute_id,
            "object": "dispute",
            "payment_intent": intent_id,
            "amount": amount,
            "currency": "eur",
            "reason": "product_not_received",
            "status": "needs_response",
            "evidence_details": {"due_by": int(time.time()) + 7 * 86_400},
        }

    def _dispute(self, request, form):
        found = self._disputes.get(request.path.rpartition("/")[2])
        if found is None:
            return 404, _error("invalid_request_error", "no such dispute")
        if request.method == "POST":
            found["evidence"] = {k: v for k, v in form.items() if k.startswith("evidence[")}
            found["status"] = "under_review"
            found["evidence_details"] = {"due_by": None}
        return 200, found

    async def _ask(self, method, path, form=None, query=None):
        known = {k: v for k, v in (form or {}).items() if k not in _UNKNOWN_TO_LOCALSTRIPE}
        asked = {k: v for k, v in (query or {}).items() if k not in _UNKNOWN_TO_LOCALSTRIPE or k == "limit"}
        headers = {"Authorization": "Bearer sk_test_123"}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                method,
                f"{self._upstream}{path}?{urlencode(asked)}",
                data=known if method == "POST" else None,
                headers=headers,
            ) as answer,
        ):
            return answer.status, await answer.json()


def _is_remainder(item):
    # What a capture did not take is booked by localstripe as a refund that names no PaymentIntent.
    return item.get("object") == "refund" and not item.get("payment_intent")


def _error(kind, message, code=None):
    return {"error": {"type": kind, "message": message, "code": code}}


def _broken(kind):
    if kind == "html":
        return web.Response(text="<html><h1>Bad gateway</h1></html>", status=502, content_type="text/html")
    if kind == "429":
        return web.json_response(_error("invalid_request_error", "slow down", code="rate_limit"), status=429)
    return web.json_response(_error("api_error", "boom"), status=500)


if __name__ == "__main__":
    web.run_app(
        Proxy(f"http://127.0.0.1:{sys.argv[2]}").app(), host="127.0.0.1", port=int(sys.argv[1]), print=None
    )
