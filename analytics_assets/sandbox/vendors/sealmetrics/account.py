"""SealMetrics' account: its keys and 15-minute tokens, its limits, and the sites it holds."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from analytics_assets.sandbox import environment
from analytics_assets.sandbox.clock import now_utc
from analytics_assets.sandbox.http import Call, Json, Refusal, Reply, Vendor
from analytics_assets.sandbox.vendors.pixel import Pixel
from analytics_assets.sandbox.vendors.sealmetrics.facts import Facts
from analytics_assets.sandbox.vendors.sealmetrics.parameters import invalid, wrap

if TYPE_CHECKING:
    from datetime import datetime

    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.world import World

TOKEN_SECONDS = 900
_PLAN_PER_MINUTE = 240
"""Plan Growth; keys get half of it on /stats/*, and nobody known gets 60."""
_KEY_STATS_PER_MINUTE = 120
_UNKNOWN_PER_MINUTE = 60
_COOKIE = "sm_refresh_token"


class Account(Vendor):
    """The credentials of one account, their limits, and its sites."""

    name = "sealmetrics"
    prefix = "/sealmetrics/api/v1"
    states_request_id = True

    def __init__(self, world: World) -> None:
        """Begin without tokens."""
        super().__init__(world)
        self.pixel = Pixel(world, self.name, lost_share=0.02)
        self.facts = Facts(self.pixel)
        self._access: dict[str, datetime] = {}
        self._refresh: set[str] = set()

    def expire_tokens(self) -> None:
        """Let every access token expire; refresh cookies stay good."""
        self._access = dict.fromkeys(self._access, now_utc())

    def _knows(self, call: Call) -> bool:
        expires = self._access.get(call.bearer())
        key = call.headers.get("x-api-key")
        return key == environment.SEALMETRICS_API_KEY or bool(expires and expires > now_utc())

    def authorise(self, call: Call) -> None:
        """A key or a token, except to log in."""
        if "/auth/" in call.path or "/exports/download/" in call.path or self._knows(call):
            return
        if call.bearer() in self._access:
            raise self.refuse(401, "token_expired", "Access token has expired")
        raise self.refuse(401, "unauthorized", "Missing or invalid credentials")

    def limit_per_minute(self, call: Call) -> int:
        """By plan; half of it for keys on /stats/*."""
        if not self._knows(call):
            return _UNKNOWN_PER_MINUTE
        halved = "x-api-key" in call.headers and "/stats/" in call.path
        return _KEY_STATS_PER_MINUTE if halved else _PLAN_PER_MINUTE

    def limit_headers(self, limit: int, remaining: int, reset_epoch_seconds: int) -> dict[str, str]:
        """On every response."""
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": str(reset_epoch_seconds),
        }

    def error(self, status: int, code: str, message: str, detail: Json = None) -> Json:
        """The documented body; the server adds the same id as a header."""
        del status
        error = {"code": code, "message": message}
        if detail is not None:
            error["detail"] = detail
        return {"error": error, "request_id": f"req_{secrets.token_hex(8)}"}

    def refuse(self, status: int, code: str, message: str, detail: Json = None) -> Refusal:
        """An error to raise, with its id in body and header."""
        refusal = super().refuse(status, code, message, detail)
        refusal.reply.headers["X-Request-ID"] = refusal.reply.body["request_id"]
        return refusal

    # Log in

    def create_token(self, call: Call) -> Reply:
        """``POST /auth/token`` with e-mail and password."""
        if not isinstance(call.body, dict) or not {"email", "password"} <= call.body.keys():
            raise invalid(self, "body.email", "Field required", "missing")
        email, password = call.body["email"], call.body["password"]
        known = {environment.SEALMETRICS_EMAIL, environment.SEALMETRICS_2FA_EMAIL}
        if email not in known or password != environment.SEALMETRICS_PASSWORD:
            raise self.refuse(401, "invalid_credentials", "Invalid email or password")
        if email == environment.SEALMETRICS_2FA_EMAIL:
            message = "Two-factor authentication required"
            return Reply(wrap({"requires_2fa": True, "user_id": "user-2", "message": message}))
        return self._grant()

    def refresh_token(self, call: Call) -> Reply:
        """``POST /auth/refresh`` with the cookie alone; the cookie rotates."""
        cookie = call.cookies.get(_COOKIE, "")
        if cookie not in self._refresh:
            raise self.refuse(401, "token_invalid", "Refresh token is missing or invalid")
        self._refresh.discard(cookie)
        return self._grant()

    def _grant(self) -> Reply:
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._access[access] = now_utc() + timedelta(seconds=TOKEN_SECONDS)
        self._refresh.add(refresh)
        user = {
            "id": "user-1",
            "email": environment.SEALMETRICS_EMAIL,
            "name": "Sandbox Analyst",
            "role": "standard",
            "account_ids": list(self.world.shops),
        }
        data = {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": TOKEN_SECONDS,
            "user": user,
            "ip_filtered_accounts": [],
            "client_ip": "127.0.0.1",
        }
        # no Secure attribute: the sandbox speaks plain HTTP on loopback
        cookie = f"{_COOKIE}={refresh}; HttpOnly; Path={self.prefix}/auth; SameSite=Lax"
        return Reply(wrap(data), headers={"Set-Cookie": cookie})

    # Sites

    def sites(self, call: Call) -> Reply:
        """``GET /sites``."""
        del call
        sites = [_site(shop) for shop in self.world.shops.values()]
        return Reply(wrap({"sites": sites, "total": len(sites)}))

    def site(self, call: Call) -> Reply:
        """``GET /sites/{id}``."""
        return Reply(wrap(_site(self._shop(call.route["site_id"]))))

    def _shop(self, slug: str) -> Storefront:
        shop = self.world.shops.get(slug)
        if shop is None:
            raise self.refuse(403, "forbidden", f"No access to site {slug}")
        return shop

    def shop_of(self, call: Call) -> Storefront:
        """The site a /stats/* call names, under either parameter."""
        slug = call.query.get("site_id") or call.query.get("account_id")
        if not slug:
            raise invalid(self, "site_id", "Field required", "missing")
        return self._shop(slug)


def _site(shop: Storefront) -> Json:
    return {
        "id": shop.slug,
        "name": shop.title,
        "domains": [shop.domain],
        "timezone": shop.zone,
        "currency": shop.currency,
        "is_active": True,
        "lens_tier": "growth",
        "created_at": "2025-08-01T09:00:00Z",
        "updated_at": "2025-12-01T09:00:00Z",
        "created_by": "user-1",
        "user_count": 3,
    }
