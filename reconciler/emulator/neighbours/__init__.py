"""Services beside Data Science, as far as its clients need them."""
