"""The REST API and the pages: people with roles and rights, each asking the gate in their own name."""

from apercu.web.app import create_app
from apercu.web.service import Service
from apercu.web.settings import ServiceSettings, SingleSignOn

__all__ = ["Service", "ServiceSettings", "SingleSignOn", "create_app"]
