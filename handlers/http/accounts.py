"""Accounts and sessions over HTTP."""

from typing import Any

from handlers.routing import HttpRoute
from models.events.accounts import (
    ACCOUNT_CHANGE_ROLE,
    ACCOUNT_CREATE,
    ACCOUNT_DISABLE,
    ACCOUNT_ENABLE,
    ACCOUNT_GET,
    ACCOUNT_REGISTER,
    ACCOUNT_REVOKE_SESSIONS,
    ACCOUNT_SEARCH,
    ACCOUNT_UPDATE,
    ACCOUNT_VERIFY,
)
from models.events.credentials import (
    ACCOUNT_CHANGE_PASSWORD,
    ACCOUNT_CONFIRM_RESET,
    ACCOUNT_REQUEST_RESET,
    SECOND_FACTOR_CONFIRM,
    SECOND_FACTOR_DISABLE,
    SECOND_FACTOR_GET,
    SECOND_FACTOR_SET_UP,
)
from models.events.sessions import (
    SESSION_END,
    SESSION_LIST,
    SESSION_REFRESH,
    SESSION_REVOKE,
    SESSION_REVOKE_OTHERS,
    SESSION_START,
)
from services.accounts import AccountServices


def routes(accounts: AccountServices) -> list[HttpRoute[Any, Any]]:
    """Signing in and out, one's own account, and administration."""
    one = "/admin/accounts/{user_id}"
    return [
        HttpRoute(ACCOUNT_REGISTER, accounts.registration.register, "POST", "/auth/register", success=201, tag="auth"),
        HttpRoute(SESSION_START, accounts.sign_in.sign_in, "POST", "/auth/sign-in", cookies=True, tag="auth"),
        HttpRoute(SESSION_REFRESH, accounts.keeper.refresh, "POST", "/auth/refresh", cookies=True, tag="auth"),
        HttpRoute(SESSION_END, accounts.keeper.end, "POST", "/auth/sign-out", cookies=True, tag="auth"),
        HttpRoute(
            ACCOUNT_REQUEST_RESET, accounts.reset.request, "POST", "/auth/password-reset/request", 202, tag="auth"
        ),
        HttpRoute(ACCOUNT_CONFIRM_RESET, accounts.reset.confirm, "POST", "/auth/password-reset/confirm", tag="auth"),
        HttpRoute(ACCOUNT_GET, accounts.own.get, "GET", "/me", tag="me"),
        HttpRoute(ACCOUNT_UPDATE, accounts.own.update, "PATCH", "/me", tag="me"),
        HttpRoute(ACCOUNT_CHANGE_PASSWORD, accounts.own.change_password, "POST", "/me/password", tag="me"),
        HttpRoute(SESSION_LIST, accounts.sessions.list_visible, "GET", "/me/sessions", tag="me"),
        HttpRoute(SESSION_REVOKE, accounts.sessions.revoke, "DELETE", "/me/sessions/{session_id}", tag="me"),
        HttpRoute(SESSION_REVOKE_OTHERS, accounts.sessions.revoke_others, "DELETE", "/me/sessions", tag="me"),
        HttpRoute(SECOND_FACTOR_GET, accounts.second_factor.get, "GET", "/me/second-factor", tag="me"),
        HttpRoute(SECOND_FACTOR_SET_UP, accounts.second_factor.set_up, "POST", "/me/second-factor/setup", tag="me"),
        HttpRoute(SECOND_FACTOR_CONFIRM, accounts.second_factor.confirm, "POST", "/me/second-factor/confirm", tag="me"),
        HttpRoute(SECOND_FACTOR_DISABLE, accounts.second_factor.disable, "POST", "/me/second-factor/disable", tag="me"),
        HttpRoute(
            ACCOUNT_SEARCH,
            accounts.administration.list_visible,
            "POST",
            "/admin/accounts/search",  # a search names people: it has no place in a URL
            tag="admin",
        ),
        HttpRoute(ACCOUNT_CREATE, accounts.administration.create, "POST", "/admin/accounts", success=201, tag="admin"),
        HttpRoute(ACCOUNT_VERIFY, accounts.administration.verify, "POST", f"{one}/verify", tag="admin"),
        HttpRoute(ACCOUNT_DISABLE, accounts.administration.disable, "POST", f"{one}/disable", tag="admin"),
        HttpRoute(ACCOUNT_ENABLE, accounts.administration.enable, "POST", f"{one}/enable", tag="admin"),
        HttpRoute(ACCOUNT_CHANGE_ROLE, accounts.administration.change_role, "POST", f"{one}/role", tag="admin"),
        HttpRoute(
            ACCOUNT_REVOKE_SESSIONS, accounts.administration.revoke_sessions, "DELETE", f"{one}/sessions", tag="admin"
        ),
    ]
