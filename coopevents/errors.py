"""What a rule says when it refuses."""

from typing import Any


class DomainError(Exception):
    """A rule refused: nothing was written. The message is a sentence for the person who asked.

    `status` is the HTTP status a page or the API answers with. `fields` tells which input was
    refused, for forms and problem+json.
    """

    def __init__(
        self, message: Any, *, status: int = 409, fields: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.fields = fields or {}

    def __str__(self) -> str:
        return str(self.message)


class NotFoundError(DomainError):
    """There is no such thing, or not for whoever asks."""

    def __init__(self, message: Any) -> None:
        super().__init__(message, status=404)


class InputError(DomainError):
    """The input is wrong; `fields` says where."""

    def __init__(self, message: Any, fields: dict[str, Any] | None = None) -> None:
        super().__init__(message, status=422, fields=fields)

    @classmethod
    def at(cls, field: str, message: Any) -> "InputError":
        """Answer the refusal of one input, which the whole sentence is about."""
        return cls(message, {field: message})
