"""What differs between live and desired: the table of fields, their option groups, the changes. Pure."""
