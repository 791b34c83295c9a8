"""The first files of a repository, and the workflows among them."""
