"""The ways in which a service can refuse. A face turns them into answers (`taskapp.errors`)."""

from collections.abc import Mapping, Sequence


class DomainError(Exception):
    """A refusal with a sentence that may be shown to whoever asked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """It does not exist, or the actor may not know that it does."""

    def __init__(self, message: str = "There is no such thing, or it is not yours to see.") -> None:
        super().__init__(message)


class Forbidden(DomainError):
    """The actor can see it, but may not do this."""


class Unauthorized(DomainError):
    """Nobody, or somebody who could not show who they are; `code` is for programs that can help."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class Conflict(DomainError):
    """It clashes with what is stored; `field` names the value that is taken, if one is."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Stale(DomainError):
    """It was changed since the caller read it; nothing was written."""

    def __init__(self, message: str = "This was changed since you read it.") -> None:
        super().__init__(message)


class TooLarge(DomainError):
    """It is larger than what may be stored."""


class Unavailable(DomainError):
    """Something that this needs does not answer; it may later."""


class Invalid(DomainError):
    """Values that cannot be accepted; `errors` maps each field to its complaints."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors = {field: list(complaints) for field, complaints in errors.items()}
        field, complaints = next(iter(self.errors.items()))
        super().__init__(f"{field}: {complaints[0]}")
