-- +goose Up
-- By which page each embed token for one use was opened, until some time after the token has
-- ended. The keeper is the id of this catalog, which such tokens carry.

CREATE TABLE token_use (
    token      TEXT    NOT NULL PRIMARY KEY,
    page       BLOB    NOT NULL CHECK (length(page) = 32), -- SHA-256 of the page's secret
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX token_use_end ON token_use (expires_at);

CREATE TABLE keeper (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    id  TEXT    NOT NULL
) STRICT;

INSERT INTO keeper (one, id) VALUES (1, lower(hex(randomblob(16))));
