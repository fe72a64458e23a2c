//go:build !linux

package worker

import (
	"errors"
	"net"
	"os"
	"os/exec"
)

// Supported reports whether workers run here.
const Supported = false

var errElsewhere = errors.New("workers are built for Linux; run the engine in the server's process")

func closeInherited(int) error { return errElsewhere }

func residentMeter() (func() int64, error) { return nil, errElsewhere }

func confine(setup) (Confinement, error) { return Confinement{}, errElsewhere }

func resident(int) int64 { return 0 }

func peak(*os.ProcessState) int64 { return 0 }

func pair() (ours net.Conn, theirs *os.File, err error) { return nil, nil, errElsewhere }

func makeTemp() (string, *os.File, error) { return "", nil, errElsewhere }

func program(...string) *exec.Cmd { return nil }
