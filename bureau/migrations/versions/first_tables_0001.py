"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "challenge",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("nonce", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.String(length=25), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
    )
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_challenge_made_at"), ["made_at"], unique=False)

    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("identity", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("first_work", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("identity", name=op.f("uq_person_identity")),
        sa.UniqueConstraint("number", name=op.f("uq_person_number")),
    )
    op.create_table(
        "unit",
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("credit_code", sa.String(length=200), nullable=False),
        sa.Column("injury_class", sa.String(length=200), nullable=False),
        sa.Column("insurances", sa.String(length=200), nullable=False),
        sa.Column("last_period", sa.String(length=7), nullable=True),
        sa.Column("tripartite", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_unit")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_unit_credit_code")),
    )
    op.create_table(
        "attachment",
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_attachment_unit_number_unit")),
        sa.PrimaryKeyConstraint("unit_number", "sha256", name=op.f("pk_attachment")),
    )
    op.create_table(
        "certificate",
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("issued_at", sa.String(length=25), nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_certificate_unit_number_unit")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_certificate")),
    )
    op.create_table(
        "declaration",
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("insurances", sa.String(length=200), nullable=False),
        sa.Column("filing_id", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_declaration_unit_number_unit")),
        sa.PrimaryKeyConstraint("unit_number", "month", name=op.f("pk_declaration")),
    )
    op.create_table(
        "insured",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("insurance", sa.String(length=200), nullable=False),
        sa.Column("since", sa.String(length=7), nullable=False),
        sa.Column("stopped_from", sa.String(length=7), nullable=True),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("carried_from", sa.String(length=7), nullable=True),
        sa.Column("carried_until", sa.String(length=7), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_insured_person_id_person")),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_insured_unit_number_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insured")),
        sa.UniqueConstraint(
            "unit_number",
            "person_id",
            "insurance",
            "since",
            name=op.f("uq_insured_unit_number_person_id_insurance_since"),
        ),
    )
    with op.batch_alter_table("insured", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_insured_person_id"), ["person_id"], unique=False)

    op.create_table(
        "notice",
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("void_after", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("ordered_at", sa.String(length=25), nullable=True),
        sa.Column("next_at", sa.String(length=25), nullable=True),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_notice_unit_number_unit")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_next_at"), ["next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_unit_number"), ["unit_number"], unique=False)

    op.create_table(
        "seal",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=200), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.String(length=200), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.String(length=25), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_seal_unit_number_unit")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_seal")),
    )
    op.create_table(
        "session",
        sa.Column("digest", sa.String(length=200), nullable=False),
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.String(length=25), nullable=False),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_session_unit_number_unit")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_session")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "charge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("insurance", sa.String(length=200), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("unit_amount", sa.BigInteger(), nullable=False),
        sa.Column("person_amount", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("notice_number", sa.String(length=200), nullable=True),
        sa.Column("first_billed_on", sa.Date(), nullable=True),
        sa.Column("filing_id", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["notice_number"], ["notice.number"], name=op.f("fk_charge_notice_number_notice")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_charge_person_id_person")),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_charge_unit_number_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
        sa.UniqueConstraint(
            "unit_number",
            "person_id",
            "insurance",
            "month",
            name=op.f("uq_charge_unit_number_person_id_insurance_month"),
        ),
    )
    with op.batch_alter_table("charge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_charge_notice_number"), ["notice_number"], unique=False)
        batch_op.create_index(batch_op.f("ix_charge_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_charge_unit_number_state"), ["unit_number", "state"], unique=False)

    op.create_table(
        "filing",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("unit_number", sa.String(length=200), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("notice", sa.String(length=200), nullable=True),
        sa.Column("certificate", sa.String(length=200), nullable=True),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.String(length=25), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["seal.key"], name=op.f("fk_filing_key_seal")),
        sa.ForeignKeyConstraint(["unit_number"], ["unit.number"], name=op.f("fk_filing_unit_number_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing")),
        sa.UniqueConstraint("key", name=op.f("uq_filing_key")),
    )
    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_filing_subject"), ["subject"], unique=False)
        batch_op.create_index(batch_op.f("ix_filing_unit_number_cursor"), ["unit_number", "cursor"], unique=False)
        batch_op.create_index(batch_op.f("ix_filing_unit_number_state"), ["unit_number", "state"], unique=False)

    op.create_table(
        "reached",
        sa.Column("notice_number", sa.String(length=200), nullable=False),
        sa.Column("stage", sa.String(length=200), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.ForeignKeyConstraint(["notice_number"], ["notice.number"], name=op.f("fk_reached_notice_number_notice")),
        sa.PrimaryKeyConstraint("notice_number", "stage", name=op.f("pk_reached")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("reached")
    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_filing_unit_number_state"))
        batch_op.drop_index(batch_op.f("ix_filing_unit_number_cursor"))
        batch_op.drop_index(batch_op.f("ix_filing_subject"))

    op.drop_table("filing")
    with op.batch_alter_table("charge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_charge_unit_number_state"))
        batch_op.drop_index(batch_op.f("ix_charge_person_id"))
        batch_op.drop_index(batch_op.f("ix_charge_notice_number"))

    op.drop_table("charge")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_expires_at"))

    op.drop_table("session")
    op.drop_table("seal")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_unit_number"))
        batch_op.drop_index(batch_op.f("ix_notice_next_at"))

    op.drop_table("notice")
    with op.batch_alter_table("insured", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_insured_person_id"))

    op.drop_table("insured")
    op.drop_table("declaration")
    op.drop_table("certificate")
    op.drop_table("attachment")
    op.drop_table("unit")
    op.drop_table("person")
    op.drop_table("counter")
    op.drop_table("clock")
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_challenge_made_at"))

    op.drop_table("challenge")
