"""The month's payment: both sums side by side, the declaration, the notice and the money's way."""
