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
from services.accounts.administration import AdministrationService
from services.accounts.keeping import SessionKeeper
from services.accounts.own import OwnAccountService
from services.accounts.registration import RegistrationService
from services.accounts.reset import PasswordResetService
from services.accounts.second_factor import SecondFactorService
from services.accounts.sessions import SessionService
from services.accounts.sign_in import SignInService


def routes(  # noqa: PLR0913  one table over all services of accounts
    registration: RegistrationService,
    sign_in: SignInService,
    keeper: SessionKeeper,
    own: OwnAccountService,
    sessions: SessionService,
    second_factor: SecondFactorService,
    reset: PasswordResetService,
    administration: AdministrationService,
) -> list[HttpRoute[Any, Any]]:
    """Signing in and out, one's own account, and administration."""
    one = "/admin/accounts/{user_id}"
    return [
        HttpRoute(ACCOUNT_REGISTER, registration.register, "POST", "/auth/register", success=201, tag="auth"),
        HttpRoute(SESSION_START, sign_in.sign_in, "POST", "/auth/sign-in", cookies=True, tag="auth"),
        HttpRoute(SESSION_REFRESH, keeper.refresh, "POST", "/auth/refresh", cookies=True, tag="auth"),
        HttpRoute(SESSION_END, keeper.end, "POST", "/auth/sign-out", cookies=True, tag="auth"),
        HttpRoute(ACCOUNT_REQUEST_RESET, reset.request, "POST", "/auth/password-reset/request", 202, tag="auth"),
        HttpRoute(ACCOUNT_CONFIRM_RESET, reset.confirm, "POST", "/auth/password-reset/confirm", tag="auth"),
        HttpRoute(ACCOUNT_GET, own.get, "GET", "/me", tag="me"),
        HttpRoute(ACCOUNT_UPDATE, own.update, "PATCH", "/me", tag="me"),
        HttpRoute(ACCOUNT_CHANGE_PASSWORD, own.change_password, "POST", "/me/password", tag="me"),
        HttpRoute(SESSION_LIST, sessions.list_visible, "GET", "/me/sessions", tag="me"),
        HttpRoute(SESSION_REVOKE, sessions.revoke, "DELETE", "/me/sessions/{session_id}", tag="me"),
        HttpRoute(SESSION_REVOKE_OTHERS, sessions.revoke_others, "DELETE", "/me/sessions", tag="me"),
        HttpRoute(SECOND_FACTOR_GET, second_factor.get, "GET", "/me/second-factor", tag="me"),
        HttpRoute(SECOND_FACTOR_SET_UP, second_factor.set_up, "POST", "/me/second-factor/setup", tag="me"),
        HttpRoute(SECOND_FACTOR_CONFIRM, second_factor.confirm, "POST", "/me/second-factor/confirm", tag="me"),
        HttpRoute(SECOND_FACTOR_DISABLE, second_factor.disable, "POST", "/me/second-factor/disable", tag="me"),
        HttpRoute(
            ACCOUNT_SEARCH,
            administration.list_visible,
            "GET",
            "/admin/accounts",
            query=("query", "role", "status", "cursor", "limit"),
            tag="admin",
        ),
        HttpRoute(ACCOUNT_CREATE, administration.create, "POST", "/admin/accounts", success=201, tag="admin"),
        HttpRoute(ACCOUNT_VERIFY, administration.verify, "POST", f"{one}/verify", tag="admin"),
        HttpRoute(ACCOUNT_DISABLE, administration.disable, "POST", f"{one}/disable", tag="admin"),
        HttpRoute(ACCOUNT_ENABLE, administration.enable, "POST", f"{one}/enable", tag="admin"),
        HttpRoute(ACCOUNT_CHANGE_ROLE, administration.change_role, "POST", f"{one}/role", tag="admin"),
        HttpRoute(ACCOUNT_REVOKE_SESSIONS, administration.revoke_sessions, "DELETE", f"{one}/sessions", tag="admin"),
    ]
