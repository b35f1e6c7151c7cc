package dynamiccluster

import (
	"context"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
)

// asker asks a server what a version serves.
type asker func(ctx context.Context, version schema.GroupVersion) ([]cluster.Kind, error)

// memory remembers what versions serve, and asks once where many want to know.
type memory struct {
	mutex sync.Mutex
	// known holds answers that named at least one kind.
	known map[schema.GroupVersion]*answer
	// asked are the questions that are on their way.
	asked map[schema.GroupVersion]*answer
	// count numbers the questions in their order.
	count int
}

// answer is a question on its way, and the answer once done is closed.
type answer struct {
	number int
	done   chan struct{}
	kinds  []cluster.Kind
	err    error
	// abandoned tells that err is the end of the asker's own context.
	abandoned bool
}

func newMemory() *memory {
	return &memory{known: map[schema.GroupVersion]*answer{}, asked: map[schema.GroupVersion]*answer{}}
}

func (a *answer) find(kind string) (cluster.Kind, bool) {
	at := slices.IndexFunc(a.kinds, func(k cluster.Kind) bool { return k.Kind == kind })
	if at < 0 {
		return cluster.Kind{}, false
	}
	return a.kinds[at], true
}

// find returns a kind. Only an answer to a question that began after the call says
// that there is none: an older one may be from before its definition.
func (m *memory) find(ctx context.Context, kind schema.GroupVersionKind, ask asker) (cluster.Kind, error) {
	m.mutex.Lock()
	before := m.count
	m.mutex.Unlock()
	for {
		answer, err := m.question(ctx, kind, ask)
		switch {
		case err != nil:
			return cluster.Kind{}, err
		case answer.abandoned:
			if ctx.Err() != nil {
				return cluster.Kind{}, ctx.Err()
			}
			continue // another's context, not this one
		case answer.err != nil:
			return cluster.Kind{}, answer.err
		}
		if found, ok := answer.find(kind.Kind); ok {
			return found, nil
		}
		if answer.number > before {
			return cluster.Kind{}, &cluster.UnknownKindError{Kind: kind}
		}
	}
}

// question returns the answer that is known where it names the kind. Else it asks, or
// waits for who asks already. The error is that of the context.
func (m *memory) question(ctx context.Context, kind schema.GroupVersionKind, ask asker) (*answer, error) {
	version := kind.GroupVersion()
	m.mutex.Lock()
	if known := m.known[version]; known != nil {
		if _, ok := known.find(kind.Kind); ok {
			m.mutex.Unlock()
			return known, nil
		}
	}
	if asked := m.asked[version]; asked != nil {
		m.mutex.Unlock()
		select {
		case <-asked.done:
			return asked, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	// A connection lives longer than the objects whose text the version is a part of.
	version = schema.GroupVersion{Group: strings.Clone(version.Group), Version: strings.Clone(version.Version)}
	m.count++
	question := &answer{number: m.count, done: make(chan struct{})}
	m.asked[version] = question
	m.mutex.Unlock()

	kinds, err := ask(ctx, version)
	m.mutex.Lock()
	defer m.mutex.Unlock()
	question.kinds, question.err = kinds, err
	question.abandoned = err != nil && ctx.Err() != nil
	delete(m.asked, version)
	switch {
	case err != nil:
	case len(kinds) == 0:
		delete(m.known, version)
	default:
		m.known[version] = question
	}
	close(question.done)
	return question, nil
}

// forget drops what is remembered of a version.
func (m *memory) forget(version schema.GroupVersion) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.known, version)
}
