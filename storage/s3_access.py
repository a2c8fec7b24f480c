"""Address and credentials of an S3 service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, repr=False)
class S3Access:
    """Where the S3 service is and how it lets us in."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"
    # Who signs its certificate, PEM; the system's are trusted too.
    ca_file: Path | None = None
