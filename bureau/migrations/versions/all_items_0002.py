"""Effects of all items, and the tax office's side."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Who was insured before wages were noted counts as declared for the social-insurance year (July to June) of the unit's
# last period: a folder from then must not find its payments blocked.
_WAGES = """
INSERT INTO wage_declared (unit_number, person_id, year, wage, at)
SELECT insured.unit_number, insured.person_id,
       CAST(substr(unit.last_period, 1, 4) AS INTEGER)
           - CASE WHEN substr(unit.last_period, 6, 2) < '07' THEN 1 ELSE 0 END,
       max(insured.base), unit.last_period || '-01T00:00:00+08:00'
FROM insured JOIN unit ON unit.number = insured.unit_number
WHERE unit.last_period IS NOT NULL
GROUP BY insured.unit_number, insured.person_id, unit.last_period
"""


def upgrade() -> None:
    """Make the new tables and columns; what is there keeps its meaning."""
    op.create_table(
        "detail",
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("owner_id", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "owner_id", "key", name=op.f("pk_detail")),
    )
    op.create_table(
        "bank_account",
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("bank", sa.String(length=200), nullable=False),
        sa.Column("account_name", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_bank_account_unit_number_unit")),
        sa.PrimaryKeyConstraint("unit_number", "account", name=op.f("pk_bank_account")),
    )
    op.create_table(
        "base_in_force",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("insurance", sa.String(length=200), nullable=False),
        sa.Column("since", sa.String(length=7), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("filing_id", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_base_in_force_person_id_person")),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_base_in_force_unit_number_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_in_force")),
        sa.UniqueConstraint(
            "unit_number",
            "person_id",
            "insurance",
            "since",
            name=op.f("uq_base_in_force_unit_number_person_id_insurance_since"),
        ),
    )
    with op.batch_alter_table("base_in_force", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_base_in_force_person_id"), ["person_id"], unique=False)

    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.Column("filing_id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_change_unit_number_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_change_unit_number_id"), ["unit_number", "id"], unique=False)

    op.create_table(
        "deferral",
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("insurance", sa.String(length=200), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_deferral_unit_number_unit")),
        sa.PrimaryKeyConstraint("unit_number", "insurance", "month", name=op.f("pk_deferral")),
    )
    op.create_table(
        "document",
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("issued_at", sa.String(length=25), nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_document_unit_number_unit")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_document")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_unit_number"), ["unit_number"], unique=False)

    op.create_table(
        "handler",
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("identity", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("department", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_handler_unit_number_unit")),
        sa.PrimaryKeyConstraint("unit_number", "identity", name=op.f("pk_handler")),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("insurance", sa.String(length=200), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("unit_amount", sa.BigInteger(), nullable=False),
        sa.Column("person_amount", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("filing_id", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.String(length=25), nullable=False),
        sa.Column("next_at", sa.String(length=25), nullable=True),
        sa.Column("paid_at", sa.String(length=25), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_refund_person_id_person")),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_refund_unit_number_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_next_at"), ["next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_refund_unit_number"), ["unit_number"], unique=False)

    op.create_table(
        "rostered",
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("project", sa.String(length=200), nullable=False),
        sa.Column("identity", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_rostered_unit_number_unit")),
        sa.PrimaryKeyConstraint("unit_number", "project", "identity", "since", name=op.f("pk_rostered")),
    )
    op.create_table(
        "wage_declared",
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wage", sa.BigInteger(), nullable=False),
        sa.Column("filing_id", sa.String(length=200), nullable=True),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_wage_declared_person_id_person")),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_wage_declared_unit_number_unit")),
        sa.PrimaryKeyConstraint("unit_number", "person_id", "year", name=op.f("pk_wage_declared")),
    )
    op.create_table(
        "tax_bill",
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("visible_at", sa.String(length=25), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["notice.number"], name=op.f("fk_tax_bill_number_notice")),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_tax_bill_unit_number_unit")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tax_bill")),
    )
    with op.batch_alter_table("tax_bill", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tax_bill_unit_number"), ["unit_number"], unique=False)

    op.create_table(
        "tax_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("feedback", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["tax_bill.number"], name=op.f("fk_tax_record_number_tax_bill")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_record")),
    )
    with op.batch_alter_table("tax_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tax_record_number"), ["number"], unique=False)

    op.create_table(
        "tax_voucher",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("printed_at", sa.String(length=25), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["tax_bill.number"], name=op.f("fk_tax_voucher_number_tax_bill")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_voucher")),
    )
    with op.batch_alter_table("tax_voucher", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tax_voucher_number"), ["number"], unique=False)

    with op.batch_alter_table("charge", schema=None) as batch_op:
        batch_op.add_column(sa.Column("due_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("late_free", sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.add_column(sa.Column("document", sa.String(length=200), nullable=True))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("registered_on", sa.Date(), nullable=True))

    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("offset_balance", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(_WAGES)


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_column("offset_balance")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("registered_on")

    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.drop_column("document")

    with op.batch_alter_table("charge", schema=None) as batch_op:
        batch_op.drop_column("late_free")
        batch_op.drop_column("due_on")

    with op.batch_alter_table("tax_voucher", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tax_voucher_number"))

    op.drop_table("tax_voucher")
    with op.batch_alter_table("tax_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tax_record_number"))

    op.drop_table("tax_record")
    with op.batch_alter_table("tax_bill", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tax_bill_unit_number"))

    op.drop_table("tax_bill")
    op.drop_table("wage_declared")
    op.drop_table("rostered")
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_unit_number"))
        batch_op.drop_index(batch_op.f("ix_refund_next_at"))

    op.drop_table("refund")
    op.drop_table("handler")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_document_unit_number"))

    op.drop_table("document")
    op.drop_table("deferral")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_change_unit_number_id"))

    op.drop_table("change")
    with op.batch_alter_table("base_in_force", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_base_in_force_person_id"))

    op.drop_table("base_in_force")
    op.drop_table("bank_account")
    op.drop_table("detail")
