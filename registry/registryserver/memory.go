package registryserver

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// Memory is a [Storage] that lasts as long as the process. The zero value is
// not usable; see [NewMemory].
type Memory struct {
	mutex   sync.RWMutex
	content map[string][]byte
}

// NewMemory returns an empty storage.
func NewMemory() *Memory { return &Memory{content: map[string][]byte{}} }

// Open returns what is under a key.
func (m *Memory) Open(key string) (io.ReadSeekCloser, error) {
	m.mutex.RLock()
	defer m.mutex.RUnlock()
	content, ok := m.content[key]
	if !ok {
		return nil, fmt.Errorf("%s: %w", key, fs.ErrNotExist)
	}
	return memoryReader{bytes.NewReader(content)}, nil
}

// Delete takes away a key.
func (m *Memory) Delete(key string) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.content, key)
	return nil
}

// List returns the last elements of the keys one below a folder.
func (m *Memory) List(folder string) ([]string, error) {
	m.mutex.RLock()
	defer m.mutex.RUnlock()
	var names []string
	for key := range m.content {
		if name, ok := strings.CutPrefix(key, folder+"/"); ok && !strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Stage begins new content.
func (m *Memory) Stage() (Stage, error) { return &memoryStage{storage: m}, nil }

type memoryReader struct{ *bytes.Reader }

func (memoryReader) Close() error { return nil }

type memoryStage struct {
	bytes.Buffer
	storage *Memory
}

func (s *memoryStage) Commit(key string) error {
	s.storage.mutex.Lock()
	defer s.storage.mutex.Unlock()
	// The buffer is at most twice as large as what is in it.
	s.storage.content[key] = s.Bytes()
	return nil
}

func (s *memoryStage) Discard() error { return nil }
