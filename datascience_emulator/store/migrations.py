"""The schema of state.sqlite, as a sequence of scripts. Only add to it: the scripts have run on files that
exist.
"""

# One script for each version of the schema, oldest first. `PRAGMA user_version` counts those that have run.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE resources (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        etag TEXT NOT NULL,
        document TEXT NOT NULL,
        private TEXT NOT NULL,
        compartment TEXT GENERATED ALWAYS AS (json_extract(document, '$.compartmentId')) VIRTUAL,
        state TEXT GENERATED ALWAYS AS
            (coalesce(json_extract(document, '$.lifecycleState'), json_extract(document, '$.status')))
            VIRTUAL,
        parent TEXT GENERATED ALWAYS AS
            (coalesce(json_extract(document, '$.projectId'), json_extract(private, '$.resource'))) VIRTUAL,
        name TEXT GENERATED ALWAYS AS (json_extract(document, '$.displayName')) VIRTUAL,
        model TEXT GENERATED ALWAYS AS (json_extract(document,
            '$.modelDeploymentConfigurationDetails.modelConfigurationDetails.modelId')) VIRTUAL,
        next_model TEXT GENERATED ALWAYS AS (json_extract(private,
            '$.target.modelDeploymentConfigurationDetails.modelConfigurationDetails.modelId')) VIRTUAL,
        blob TEXT GENERATED ALWAYS AS (json_extract(private, '$.artifact.sha256')) VIRTUAL
    );
    CREATE INDEX resources_listed ON resources (kind, compartment, seq);
    CREATE INDEX resources_named ON resources (kind, compartment, name, seq);
    CREATE INDEX resources_owned ON resources (kind, parent);
    CREATE INDEX resources_in_state ON resources (kind, state);
    CREATE INDEX resources_model ON resources (model) WHERE model IS NOT NULL;
    CREATE INDEX resources_next_model ON resources (next_model) WHERE next_model IS NOT NULL;
    CREATE INDEX resources_blob ON resources (blob) WHERE blob IS NOT NULL;
    CREATE TABLE api_keys (key_id TEXT PRIMARY KEY, public_key TEXT NOT NULL);
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE retry_tokens (
        scope TEXT PRIMARY KEY, digest TEXT NOT NULL, time REAL NOT NULL, resource TEXT,
        status INTEGER NOT NULL, headers TEXT NOT NULL, body TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE resources ADD COLUMN model_group TEXT GENERATED ALWAYS AS (json_extract(document,
        '$.modelDeploymentConfigurationDetails.modelGroupConfigurationDetails.modelGroupId')) VIRTUAL;
    ALTER TABLE resources ADD COLUMN next_model_group TEXT GENERATED ALWAYS AS (json_extract(private,
        '$.target.modelDeploymentConfigurationDetails.modelGroupConfigurationDetails.modelGroupId')) VIRTUAL;
    CREATE INDEX resources_model_group ON resources (model_group) WHERE model_group IS NOT NULL;
    CREATE INDEX resources_next_model_group ON resources (next_model_group)
        WHERE next_model_group IS NOT NULL;
    """,
    """
    CREATE INDEX retry_tokens_aged ON retry_tokens (time);
    CREATE INDEX resources_logged ON resources (kind)
        WHERE json_extract(document, '$.categoryLogDetails') IS NOT NULL;
    """,
    """
    UPDATE resources
        SET document = json_insert(document, '$.freeformTags', json('{}'), '$.definedTags', json('{}'))
        WHERE kind IN ('project', 'model', 'signature', 'version-set', 'model-group', 'group-history',
            'deployment', 'compute-target');
    UPDATE resources
        SET document = json_insert(document, '$.systemTags', json('{}'))
        WHERE kind IN ('project', 'signature', 'version-set', 'model-group', 'group-history',
            'private-endpoint', 'log-group', 'log', 'image');
    """,
)
