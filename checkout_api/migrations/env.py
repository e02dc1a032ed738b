"""Run by Alembic inside `checkout_api.database.migrate`, which passes the open connection."""

from alembic import context

from checkout_api import account_tables, payment_tables, visit_tables  # noqa: F401  # so that Alembic knows their tables
from checkout_api.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
