package inlay

import (
	_ "github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	_ "github.com/alecthomas/kong"
	_ "github.com/duckdb/duckdb-go/v2"
	_ "github.com/go-jose/go-jose/v4"
	_ "github.com/go-json-experiment/json"
	_ "github.com/go-sql-driver/mysql"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"
	_ "github.com/microsoft/go-mssqldb"
	_ "github.com/pressly/goose/v3"
	_ "github.com/tink-crypto/tink-go/v2/aead"
	_ "github.com/xuri/excelize/v2"
	_ "golang.org/x/sync/singleflight"
	_ "golang.org/x/text/cases"
	_ "golang.org/x/tools/txtar"
	_ "pgregory.net/rapid"
)
