"""Object Storage: buckets, objects and multipart uploads, on the port of all services.

`names` and `errors` are values, `records` is what the store holds, and the other modules are operations.
Bytes lie on disk by content (`blobs`); a record says which. Kept simple: one namespace, no versions, no
tiers, no access without a signature. Rules come from the docstrings of the SDK's ObjectStorageClient unless
another source is named.
"""
