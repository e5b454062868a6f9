"""Region packs: what differs between bureaus, as data. Loaded strictly, looked up by date."""
