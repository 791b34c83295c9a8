"""The table of operations: method and path to handler. Nothing else."""

from .handlers import deployments, models, projects, work_requests
from .plane import Operation

OPERATIONS = (
    Operation("POST", "/projects", projects.create, retry_token=True),
    Operation("GET", "/projects", projects.list_all),
    Operation("GET", "/projects/{id}", projects.get),
    Operation("PUT", "/projects/{id}", projects.update),
    Operation("DELETE", "/projects/{id}", projects.delete),
    Operation("POST", "/models", models.create, retry_token=True),
    Operation("GET", "/models", models.list_all),
    Operation("GET", "/models/{id}", models.get),
    Operation("PUT", "/models/{id}", models.update),
    Operation("DELETE", "/models/{id}", models.delete),
    Operation("POST", "/models/{id}/actions/activate", models.activate),
    Operation("POST", "/models/{id}/actions/deactivate", models.deactivate),
    Operation("POST", "/models/{id}/provenance", models.create_provenance, retry_token=True),
    Operation("GET", "/models/{id}/provenance", models.get_provenance),
    Operation("PUT", "/models/{id}/provenance", models.update_provenance),
    Operation("POST", "/modelDeployments", deployments.create, retry_token=True),
    Operation("GET", "/modelDeployments", deployments.list_all),
    Operation("GET", "/modelDeployments/{id}", deployments.get),
    Operation("PUT", "/modelDeployments/{id}", deployments.update),
    Operation("DELETE", "/modelDeployments/{id}", deployments.delete),
    Operation("POST", "/modelDeployments/{id}/actions/activate", deployments.activate),
    Operation("POST", "/modelDeployments/{id}/actions/deactivate", deployments.deactivate),
    Operation("GET", "/modelDeploymentShapes", deployments.shapes),
    Operation("GET", "/workRequests", work_requests.list_all),
    Operation("GET", "/workRequests/{id}", work_requests.get),
    Operation("GET", "/workRequests/{id}/logs", work_requests.logs),
    Operation("GET", "/workRequests/{id}/errors", work_requests.errors),
)
