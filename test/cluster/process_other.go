//go:build !linux

package cluster

import (
	"os"
	"syscall"
)

func processAttributes() *syscall.SysProcAttr { return nil }

func ownGroup() *syscall.SysProcAttr { return nil }

func killGroup(p *os.Process) { _ = p.Kill() }
