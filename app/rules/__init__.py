"""The field's rules as pure functions: what is wrong with a filing, and what a month costs."""
