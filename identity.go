package inlay

// Identity is the effective identity of an embed token: whose rows a viewer sees.
type Identity struct {
	Username   string
	Roles      []string
	CustomData string
	Datasets   []string // ids of the datasets it is for, lower case
}
