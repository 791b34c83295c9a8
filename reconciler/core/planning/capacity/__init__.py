"""What a plan changes in OCPUs, memory, GPUs, instances and money. Pure: prices are an argument."""
