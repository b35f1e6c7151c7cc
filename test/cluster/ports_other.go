//go:build !linux

package cluster

import (
	"context"
	"net"
)

// portHolder has ports of loopback that nobody listens on when they are chosen.
type portHolder struct{ numbers []int }

func holdPorts(ctx context.Context, n int) (*portHolder, error) {
	h := &portHolder{}
	for range n {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", loopback(0))
		if err != nil {
			return nil, err
		}
		defer listener.Close() // after the last, so that no port comes twice
		h.numbers = append(h.numbers, listener.Addr().(*net.TCPAddr).Port)
	}
	return h, nil
}

func (*portHolder) free() {}
