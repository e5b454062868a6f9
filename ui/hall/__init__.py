"""Every item of a region's pack: found in the region's own menu, then filed, asked or explained by a page a kind."""
