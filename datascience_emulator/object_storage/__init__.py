"""Object Storage: buckets, objects and multipart uploads.

`names`, `errors` and `documents` are pure, `records` says where things are in the store, and the other
modules are operations. Bytes are on disk by their content (`store.blobs`), and records name them. There is
one namespace, without object versions, tiers and unsigned access. Rules come from the docstrings of the SDK's
ObjectStorageClient unless another source is named.
"""
