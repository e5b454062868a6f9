"""The bureau's API as the client sees it: transport, wire format, receipts. Failures are mapped once, here."""
