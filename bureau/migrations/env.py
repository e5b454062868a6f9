"""Run by Alembic: bring the tables to a revision, on the connection that Database hands over."""

from __future__ import annotations

from alembic import context

import bureau.registers  # noqa: F401 - its tables belong to the metadata
from bureau.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
