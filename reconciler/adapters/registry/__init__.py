"""What container registries say of images, and who may ask them."""
