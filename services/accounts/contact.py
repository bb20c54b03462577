"""One spelling for every e-mail address, phone number and licence number, so that equal ones are found equal."""

from functools import cache
from zoneinfo import available_timezones

import phonenumbers

from models.errors import Invalid


def normal_email(email: str) -> str:
    """Lower case throughout: no provider in use tells mailboxes apart by case, and people mistype it."""
    return email.strip().lower()


def normal_phone(phone: str) -> str:
    """E.164. Raises `Invalid` for a number that no country could assign."""
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        raise Invalid(fields=["phone"]) from None
    if not phonenumbers.is_possible_number(number):
        raise Invalid(fields=["phone"])
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_licence(licence_number: str) -> str:
    """Upper case, without spaces and punctuation."""
    return "".join(letter for letter in licence_number.upper() if letter.isalnum())


def normal_login(login: str) -> tuple[str, str] | None:
    """Which field a sign-in name means and its normal spelling; None when it can be neither."""
    if "@" in login:
        return "email", normal_email(login)
    try:
        return "phone", normal_phone(login)
    except Invalid:
        return None


def require_zone(time_zone: str) -> None:
    """Raises `Invalid` unless the IANA database knows the zone."""
    if time_zone not in _zones():
        raise Invalid(fields=["time_zone"])


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
