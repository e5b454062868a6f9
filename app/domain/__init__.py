"""The field's own things as frozen values: months, money, identity numbers, findings, filings.

Standard library only.
"""
