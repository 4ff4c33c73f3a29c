"""One-time codes (TOTP, RFC 6238): six digits, steps of 30 seconds, SHA-1.

That is the one set of figures which every authenticator app understands.
"""

import re

import pyotp
from pyotp.utils import strings_equal

from taskapp.core.time import now

_ISSUER = "Taskapp"
_STEP_SECONDS = 30
# Clocks differ, and typing takes time: the step before and the one after count too (RFC 6238 §5.2).
_WINDOW = 1
_CODE = re.compile(r"\s*([0-9]{3})\s*([0-9]{3})\s*", re.ASCII)


def new_secret() -> str:
    """160 random bits in base32 (RFC 4226 §4)."""
    return pyotp.random_base32()


def uri(secret: str, username: str) -> str:
    """What a QR code tells an app: otpauth://totp/…"""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER)


def is_one_time(code: str) -> bool:
    """Whether it has the form of an app's code; else it can be a recovery code only."""
    return _CODE.fullmatch(code) is not None


def matching_step(secret: str, code: str, *, after: int = 0) -> int | None:
    """The time step of a code, if it is near the present one and later than the step `after`."""
    digits = _CODE.fullmatch(code)
    present = int(now().timestamp()) // _STEP_SECONDS
    for step in range(present - _WINDOW, present + _WINDOW + 1):
        if digits and step > after:
            expected = pyotp.HOTP(secret).at(step)  # a TOTP is the HOTP of its step (RFC 6238 §4)
            if strings_equal(expected, digits[1] + digits[2]):
                return step
    return None
