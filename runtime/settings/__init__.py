"""One frozen settings model per process, built at its entry point from the environment.

No defaults elsewhere: every variable is declared and described here.
"""

from runtime.settings.errors import InvalidSettings
from runtime.settings.processes import ApiSettings, ServiceSettings, WorkerSettings, load

__all__ = ["ApiSettings", "InvalidSettings", "ServiceSettings", "WorkerSettings", "load"]
