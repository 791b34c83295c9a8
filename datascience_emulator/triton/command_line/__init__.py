"""The words of the command line of tritonserver: its options, and where they make it listen."""
