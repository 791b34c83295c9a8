"""What goes on after the answer: asynchronous work, and the model servers of deployments."""
