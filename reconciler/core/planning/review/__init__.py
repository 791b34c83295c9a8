"""What a reviewer of a pull request has to know, beside the plan itself. Pure."""
