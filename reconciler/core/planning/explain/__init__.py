"""Why each field of a deployment is in the plan, or is not. Pure; it decides nothing anew."""
