"""The artifacts of models and model groups: uploads, downloads, and transfers from and to buckets."""
