"""Identity: the tenancy, its user and compartments, and the exchange of tokens."""
