"""OCI Data Science through its SDK. The only place that knows the classes of the SDK."""
