"""What a username, an e-mail address and a time zone may be."""

import re
from collections.abc import Iterator
from secrets import randbelow

from email_validator import EmailNotValidError, validate_email

from taskapp.core.errors import Invalid
from taskapp.core.text import comparison_key
from taskapp.core.time import zone_names

_USERNAME = re.compile(r"[A-Za-z0-9._-]{3,64}")
_NOT_IN_USERNAME = re.compile(r"[^A-Za-z0-9._-]+")


def check_username(username: str) -> str:
    """Return the username as it will be stored; raise Invalid (contract §3)."""
    if not _USERNAME.fullmatch(username):
        raise Invalid(
            {"username": ["Use 3 to 64 letters (a-z), digits, dots, underscores or hyphens."]}
        )
    return username


def check_email(email: str) -> str:
    """Return the address in its normal form (RFC 5321, RFC 6531); raise Invalid."""
    try:
        return validate_email(email.strip(), check_deliverability=False, strict=True).normalized
    except (EmailNotValidError, UnicodeError) as problem:
        raise Invalid({"email": ["This is not a valid e-mail address."]}) from problem


def check_timezone(name: str) -> str:
    """Return the name of the time zone; raise Invalid when it is not one of IANA's."""
    if name not in zone_names():
        raise Invalid({"timezone": ["This is not an IANA time zone, such as Europe/Berlin."]})
    return name


def key_of(name: str | None) -> str | None:
    """The form in which usernames and addresses are compared."""
    return None if name is None else comparison_key(name)


def usernames_from(email: str) -> Iterator[str]:
    """Candidates for a username made from an address: the local part, then with a number.

    They are few, because each costs a try: up to 9 in order, as people would choose, and then at
    random with ever more digits, so that one is free however many have that local part.
    """
    local = _NOT_IN_USERNAME.sub("", email.partition("@")[0])[:56]
    base = local if len(local) >= 3 else f"user-{local}".rstrip("-")
    yield base
    for number in range(2, 10):
        yield f"{base}{number}"
    for digits in range(4, 9):
        least: int = 10 ** (digits - 1)
        yield f"{base}{least + randbelow(9 * least)}"
