"""What a caller says of a webhook."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.http.errors import Problem
from ingest.profiles.body import json_of
from schemas.file_state import Terminal
from schemas.webhooks import TERMINAL, BadWebhook

_TEXT = 200


class WebhookContent(BaseModel):
    """Where messages go, and about which files."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(
        description="Where messages are posted: https, or http into a network of WEBHOOK_NETWORKS. "
        "Or `mailto:` and an address, if the service has a mail server."
    )
    title: str = Field(default="", max_length=_TEXT, description="For people.")
    statuses: Annotated[list[Terminal], Field(min_length=1)] = Field(
        default_factory=lambda: list(TERMINAL),
        description="Statuses that files end with.",
    )
    min_invalid_share: float = Field(
        default=0,
        ge=0,
        le=1,
        description="Only files with at least this share of invalid rows, 0 to 1.",
    )
    profile: str | None = Field(
        default=None, max_length=_TEXT, description="Only files that are read with this profile."
    )
    api_key: str | None = Field(
        default=None,
        max_length=_TEXT,
        description="Only files that were uploaded with the API key of this id.",
    )
    enabled: bool = True


class NewWebhook(WebhookContent):
    """A webhook to create."""

    secret: str | None = Field(
        default=None,
        max_length=_TEXT,
        description="`whsec_` and 24 to 64 bytes in base64; one is made if there is none.",
    )


class WebhookChange(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    url: str = ""
    title: str = Field(default="", max_length=_TEXT)
    statuses: Annotated[list[Terminal], Field(min_length=1)] = Field(default_factory=list)
    min_invalid_share: float = Field(default=0, ge=0, le=1)
    profile: str | None = Field(default=None, max_length=_TEXT)
    api_key: str | None = Field(default=None, max_length=_TEXT)
    enabled: bool = True


async def new_webhook_of(request: Request) -> NewWebhook:
    """The webhook in a body.

    Raises:
        Problem: 400 `malformed_body` or `invalid_webhook`, 413.
    """
    try:
        return NewWebhook.model_validate(await json_of(request))
    except ValidationError as exc:
        raise _invalid(exc) from None


async def change_of(request: Request) -> dict[str, Any]:
    """The changes in a body: the members that were given.

    Raises:
        Problem: 400 `malformed_body` or `invalid_webhook`, 413.
    """
    try:
        return WebhookChange.model_validate(await json_of(request)).model_dump(exclude_unset=True)
    except ValidationError as exc:
        raise _invalid(exc) from None


def invalid_webhook(exc: BadWebhook) -> Problem:
    """A webhook that cannot be saved."""
    return Problem("invalid_webhook", f"{exc}.")


def _invalid(exc: ValidationError) -> Problem:
    faults = (f"{'.'.join(map(str, e['loc'])) or 'the body'}: {e['msg']}" for e in exc.errors())
    return Problem("invalid_webhook", "; ".join(faults) + ".")
