package cluster

import (
	"context"
	"fmt"
	"syscall"
)

// portHolder has ports of loopback that nobody else gets: its sockets are bound to them and
// do not listen, so that a program that is told the number may, and connections are refused
// as long as it does not.
type portHolder struct {
	numbers []int
	sockets []int
}

func holdPorts(_ context.Context, n int) (*portHolder, error) {
	h := &portHolder{}
	for range n {
		if err := h.hold(); err != nil {
			h.free()
			return nil, fmt.Errorf("hold a port: %w", err)
		}
	}
	return h, nil
}

func (h *portHolder) hold() error {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	h.sockets = append(h.sockets, socket)
	// Both sides need it for the second one to be bound, and Go's listeners have it.
	if err := syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return err
	}
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return err
	}
	address, err := syscall.Getsockname(socket)
	if err != nil {
		return err
	}
	h.numbers = append(h.numbers, address.(*syscall.SockaddrInet4).Port)
	return nil
}

func (h *portHolder) free() {
	for _, socket := range h.sockets {
		_ = syscall.Close(socket)
	}
	h.sockets = nil
}
