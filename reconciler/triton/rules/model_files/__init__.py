"""What a server would refuse of the model files themselves. They are read in small parts, and none is
executed.
"""
