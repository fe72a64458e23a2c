-- +goose Up
-- What was revoked of the embed tokens that are out. An epoch counts the revocations of a
-- subject and is never taken back or deleted, so that a token that was revoked once stays so.
-- Single tokens are kept until they would have ended by themselves.

CREATE TABLE epoch (
    kind  TEXT    NOT NULL CHECK (kind IN ('tenant', 'principal', 'workspace', 'report', 'dataset')),
    id    TEXT    NOT NULL,
    value INTEGER NOT NULL CHECK (value > 0),
    PRIMARY KEY (kind, id)
) STRICT;

CREATE TABLE revoked_token (
    id         TEXT    NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;
