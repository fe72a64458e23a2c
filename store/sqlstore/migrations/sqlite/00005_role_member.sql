-- +goose Up
-- Who is in the security roles of datasets. The keys are the names without regard to case.

CREATE TABLE role_member (
    dataset_id TEXT NOT NULL REFERENCES dataset (id),
    role       TEXT NOT NULL,
    role_key   TEXT NOT NULL,
    user       TEXT NOT NULL,
    user_key   TEXT NOT NULL,
    PRIMARY KEY (dataset_id, role_key, user_key)
) STRICT;
