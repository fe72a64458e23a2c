-- +goose Up
-- What the rules of GenerateToken ask about. Tables that others refer to are made anew under
-- another name and renamed: SQLite cannot change a constraint, and follows a rename.

CREATE TABLE capacity (
    id     TEXT    NOT NULL PRIMARY KEY,
    name   TEXT    NOT NULL,
    xmla   TEXT    NOT NULL CHECK (xmla IN ('Off', 'ReadOnly', 'ReadWrite')),
    shared INTEGER NOT NULL CHECK (shared IN (0, 1))
) STRICT;

ALTER TABLE workspace ADD COLUMN kind TEXT NOT NULL DEFAULT '' CHECK (kind IN ('', 'Workspace', 'Group', 'PersonalGroup'));
ALTER TABLE workspace ADD COLUMN capacity_id TEXT REFERENCES capacity (id);

ALTER TABLE dataset ADD COLUMN kind TEXT NOT NULL DEFAULT ''
    CHECK (kind IN ('', 'DirectQuery', 'DirectLake', 'AnalysisServices', 'AzureAnalysisServices'));
ALTER TABLE dataset ADD COLUMN sources TEXT NOT NULL DEFAULT '[]';  -- JSON array of data sources
ALTER TABLE dataset ADD COLUMN upstream TEXT NOT NULL DEFAULT '[]'; -- JSON array of ids of datasets

CREATE TABLE report2 (
    id           TEXT    NOT NULL PRIMARY KEY,
    workspace_id TEXT    NOT NULL REFERENCES workspace (id),
    dataset_id   TEXT    REFERENCES dataset (id), -- null for a paginated report
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL,
    definition   TEXT    NOT NULL,
    kind         TEXT    NOT NULL DEFAULT '' CHECK (kind IN ('', 'PaginatedReport')),
    sources      TEXT    NOT NULL DEFAULT '[]', -- JSON array of data sources
    models       TEXT    NOT NULL DEFAULT '[]', -- JSON array of ids of datasets
    paginated    TEXT    NOT NULL DEFAULT '[]', -- JSON array of ids of reports
    created_at   INTEGER NOT NULL,
    UNIQUE (workspace_id, name_key),
    CHECK ((kind = '') = (dataset_id IS NOT NULL))
) STRICT;
INSERT INTO report2 (id, workspace_id, dataset_id, name, name_key, definition, created_at)
    SELECT id, workspace_id, dataset_id, name, name_key, definition, created_at FROM report;
DROP TABLE report;
ALTER TABLE report2 RENAME TO report;
CREATE INDEX report_dataset ON report (dataset_id);

CREATE TABLE principal2 (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL CHECK (kind IN ('App', 'User', 'Profile')),
    name       TEXT    NOT NULL,
    user_key   TEXT    UNIQUE,     -- of a user; null for others, whose names may repeat
    client_id  TEXT    UNIQUE,     -- of a service principal; null for others
    parent_id  TEXT    REFERENCES principal2 (id), -- the service principal of a profile
    scopes     TEXT    NOT NULL DEFAULT '[]', -- JSON array of text
    secret     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    CHECK ((kind = 'Profile') = (parent_id IS NOT NULL))
) STRICT;
INSERT INTO principal2 (id, kind, name, user_key, client_id, secret, created_at)
    SELECT id, kind, name, user_key, client_id, secret, created_at FROM principal;
CREATE TABLE membership2 (
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    principal_id TEXT NOT NULL REFERENCES principal2 (id),
    access_right TEXT NOT NULL CHECK (access_right IN ('Viewer', 'Contributor', 'Member', 'Admin')),
    PRIMARY KEY (workspace_id, principal_id)
) STRICT;
INSERT INTO membership2 SELECT workspace_id, principal_id, access_right FROM membership;
DROP TABLE membership;
DROP TABLE principal;
ALTER TABLE principal2 RENAME TO principal;
ALTER TABLE membership2 RENAME TO membership;
CREATE INDEX membership_principal ON membership (principal_id);

CREATE TABLE tenant_switches (
    one                INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    service_principals INTEGER NOT NULL,
    profiles           INTEGER NOT NULL,
    xmla               INTEGER NOT NULL
) STRICT;

CREATE TABLE dashboard (
    id           TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    name         TEXT NOT NULL,
    tiles        TEXT NOT NULL -- JSON array of tiles
) STRICT;

CREATE TABLE gateway_right (
    gateway_id    TEXT NOT NULL,
    datasource_id TEXT NOT NULL, -- empty is the gateway itself
    principal_id  TEXT NOT NULL REFERENCES principal (id),
    access_right  TEXT NOT NULL CHECK (access_right IN ('Admin', 'Read', 'ReadOverrideEffectiveIdentity')),
    PRIMARY KEY (gateway_id, datasource_id, principal_id)
) STRICT;
