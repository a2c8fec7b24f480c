"""How each property of a dialect was determined."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.events import PropertySource
from schemas.read_options import ReadOptions


@dataclass(slots=True)
class Sources:
    """How each property of a dialect was determined."""

    options: ReadOptions
    from_profile: frozenset[str] = frozenset()
    found: dict[str, PropertySource] = field(default_factory=dict)

    def note(self, name: str, source: PropertySource) -> None:
        """Keep `source` for a property, unless an option or a profile says it."""
        if name in self.from_profile:
            self.found[name] = "profile"
        elif getattr(self.options, name, None) not in (None, ()):
            self.found[name] = "option"
        else:
            self.found[name] = source
