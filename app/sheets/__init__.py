"""Spreadsheets in, whatever a clerk has, and out: templates and marked-up error workbooks."""
