//go:build !linux

package pgtest

import "syscall"

// attributes make a program run as a user.
func attributes(owner *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: owner}
}
