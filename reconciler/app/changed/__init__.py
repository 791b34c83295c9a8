"""What commits can affect: the deployments whose specs differ between a revision and the work tree."""
