"""Deferral is a state of a charge; what is paid beyond a bill is kept with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table of deferrals had no operation that filled it."""
    op.drop_table("deferral")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("overpaid", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Back to the tables of all items."""
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_column("overpaid")

    op.create_table(
        "deferral",
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("insurance", sa.String(length=200), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_deferral_unit_number_unit")),
        sa.PrimaryKeyConstraint("unit_number", "insurance", "month", name=op.f("pk_deferral")),
    )
