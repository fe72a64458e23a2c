package rest_test

import "os"

// tempDir is a private folder for keys that all tests share; it is small and left to the
// system to remove.
func tempDir() (string, error) { return os.MkdirTemp("", "inlay-rest-test") }
