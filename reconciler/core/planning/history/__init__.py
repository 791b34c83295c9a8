"""What has happened to one deployment, put together from the traces that are left of it. Pure."""
