-- +goose Up
-- The *_key columns hold what is compared when names are compared (see key.go): SQLite's own
-- NOCASE folds ASCII letters alone. Times are microseconds since 1970, in UTC.

CREATE TABLE workspace (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE dataset (
    id           TEXT    NOT NULL PRIMARY KEY,
    workspace_id TEXT    NOT NULL REFERENCES workspace (id),
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL,
    roles        TEXT    NOT NULL, -- JSON array of text
    definition   TEXT    NOT NULL,
    version      TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    refreshed_at INTEGER,          -- null before the first refresh
    UNIQUE (workspace_id, name_key)
) STRICT;

CREATE TABLE report (
    id           TEXT    NOT NULL PRIMARY KEY,
    workspace_id TEXT    NOT NULL REFERENCES workspace (id),
    dataset_id   TEXT    NOT NULL REFERENCES dataset (id),
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL,
    definition   TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    UNIQUE (workspace_id, name_key)
) STRICT;

CREATE INDEX report_dataset ON report (dataset_id);

CREATE TABLE principal (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL CHECK (kind IN ('App', 'User')),
    name       TEXT    NOT NULL,
    user_key   TEXT    UNIQUE,     -- of a user; null for a service principal, whose names may repeat
    client_id  TEXT    UNIQUE,     -- of a service principal; null for a user
    secret     BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE membership (
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    principal_id TEXT NOT NULL REFERENCES principal (id),
    access_right TEXT NOT NULL CHECK (access_right IN ('Viewer', 'Contributor', 'Member', 'Admin')),
    PRIMARY KEY (workspace_id, principal_id)
) STRICT;

CREATE INDEX membership_principal ON membership (principal_id);
