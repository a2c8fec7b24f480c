"""The commands about webhooks and their options. What they do is in `cli.commands.webhooks`."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from cli.usage.parameters import Cursor, Json, Limit, complete_webhooks

app = typer.Typer(
    name="webhooks",
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Notify addresses of files that end, and see what was sent.",
)
WebhookId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="The webhook's id.",
        show_default=False,
        autocompletion=complete_webhooks,
    ),
]


class Ended(enum.StrEnum):
    """Statuses that files end with."""

    processed = "processed"
    partial = "partial"
    failed = "failed"


class State(enum.StrEnum):
    """How far a message is."""

    due = "due"
    delivered = "delivered"
    failed = "failed"


Title = Annotated[str | None, typer.Option(help="For people.", show_default=False)]
Statuses = Annotated[
    list[Ended] | None,
    typer.Option(
        "--status",
        help="Only files that end so; may be given several times. Default: all three.",
        show_default=False,
    ),
]
MinInvalid = Annotated[
    float | None,
    typer.Option(
        "--min-invalid-share",
        min=0,
        max=1,
        help="Only files with at least this share of invalid rows, as 0.05.",
        show_default=False,
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(help="Only files that are read with this profile.", show_default=False),
]
KeyId = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        help="Only files that were uploaded with the key of this id.",
        show_default=False,
    ),
]


@app.command("list")
def webhooks_list(json_: Json = False) -> None:
    """List webhooks, with their messages of the last 24 hours."""
    from cli.commands.webhooks import list_webhooks

    list_webhooks(as_json=json_)


@app.command("create")
def webhooks_create(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            help="As https://alerts.example.com/csv, or mailto:ops@example.com.",
            show_default=False,
        ),
    ],
    title: Title = None,
    status: Statuses = None,
    min_invalid_share: MinInvalid = None,
    profile: Profile = None,
    api_key: KeyId = None,
    json_: Json = False,
) -> None:
    """Notify an address of files that end from now on; prints the secret that signs messages, once."""
    from cli.commands.webhooks import content_of, create_webhook

    content = content_of(
        title, [one.value for one in status or []], min_invalid_share, profile, api_key
    )
    create_webhook({"url": url, **content}, as_json=json_)


@app.command("show")
def webhooks_show(webhook_id: WebhookId, json_: Json = False) -> None:
    """Show a webhook."""
    from cli.commands.webhooks import show_webhook

    show_webhook(webhook_id, as_json=json_)


@app.command("change")
def webhooks_change(
    webhook_id: WebhookId,
    url: Annotated[str | None, typer.Option(help="The new address.", show_default=False)] = None,
    title: Title = None,
    status: Statuses = None,
    min_invalid_share: MinInvalid = None,
    profile: Profile = None,
    api_key: KeyId = None,
    enabled: Annotated[
        bool | None,
        typer.Option("--enable/--disable", help="Whether messages are sent.", show_default=False),
    ] = None,
    json_: Json = False,
) -> None:
    """Change what is given; an empty --profile or --api-key is for all files."""
    from cli.commands.webhooks import change_webhook, content_of

    content = content_of(
        title, [one.value for one in status or []], min_invalid_share, profile, api_key
    )
    if url is not None:
        content["url"] = url
    if enabled is not None:
        content["enabled"] = enabled
    change_webhook(webhook_id, content, as_json=json_)


@app.command("deliveries")
def webhooks_deliveries(
    webhook_id: WebhookId,
    state: Annotated[
        State | None, typer.Option(help="Only messages in this state.", show_default=False)
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    json_: Json = False,
) -> None:
    """List the messages of a webhook, those about the latest files first."""
    from cli.commands.webhooks import list_deliveries

    params = {"state": state.value if state else None, "limit": limit, "cursor": cursor}
    list_deliveries(webhook_id, params, as_json=json_)


@app.command("test")
def webhooks_test(webhook_id: WebhookId, json_: Json = False) -> None:
    """Send a test message and print whether it was received."""
    from cli.commands.webhooks import test_webhook

    raise typer.Exit(test_webhook(webhook_id, as_json=json_))


@app.command("retry")
def webhooks_retry(
    webhook_id: WebhookId,
    delivery_id: Annotated[
        str, typer.Argument(metavar="MESSAGE", help="As msg_5cbb8a3f.", show_default=False)
    ],
    json_: Json = False,
) -> None:
    """Send a message again, with the same id."""
    from cli.commands.webhooks import retry_delivery

    retry_delivery(webhook_id, delivery_id, as_json=json_)


@app.command("rotate")
def webhooks_rotate(webhook_id: WebhookId, json_: Json = False) -> None:
    """Give a webhook a new secret and print it; the former one signs too, for 24 hours."""
    from cli.commands.webhooks import rotate_secret

    rotate_secret(webhook_id, as_json=json_)


@app.command("delete")
def webhooks_delete(webhook_id: WebhookId) -> None:
    """Send nothing to it any more."""
    from cli.commands.webhooks import delete_webhook

    delete_webhook(webhook_id)
