"""The service: `uvicorn ml_project.serving.app:app`, with MODEL_DIR, SLOT."""

from __future__ import annotations

import os

from ml_project.serving.logs import configure_logging
from ml_project.serving.service import create_app
from ml_project.serving.settings import read_settings

finish_logging = configure_logging()
app = create_app(read_settings(os.environ), at_end=finish_logging)
