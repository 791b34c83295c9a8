"""What is known of NVIDIA's images of Triton, and the recipe that composes a small one of a full one."""
