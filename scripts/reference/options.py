"""The read options, from their declaration."""

from __future__ import annotations

from schemas.read_options import Option, options
from scripts.reference.markdown import table as markdown_table


def table() -> str:
    """Every read option with its values and an example. `*` marks those that can be repeated."""
    return markdown_table(
        ("option", "value", "example", "meaning"),
        (
            (
                f"`{option.name}`{' *' if option.repeated else ''}",
                _value(option),
                f"`{option.example}`",
                option.help,
            )
            for option in options()
        ),
    )


def _value(option: Option) -> str:
    if option.choices:
        return ", ".join(f"`{choice}`" for choice in option.choices)
    return option.kind
