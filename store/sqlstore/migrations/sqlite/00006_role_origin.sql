-- +goose Up
-- Who put users into roles: 1 an operator, 2 the definition of the dataset, 3 both. Of those who
-- are in roles already it is not known, which is 0.

ALTER TABLE role_member ADD COLUMN origin INTEGER NOT NULL DEFAULT 0 CHECK (origin BETWEEN 0 AND 3);
