package history

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

var someDigest = "sha256:" + strings.Repeat("0123456789abcdef", 4)

func someRevision(number int, state RevisionState) Revision {
	return Revision{Number: number, State: state, ContentDigest: someDigest, Chunks: 1, Bytes: 10}
}

func wholeRecord() *Record {
	at := time.Date(2026, time.March, 4, 5, 6, 7, 890, time.UTC)
	later := at.Add(time.Minute)
	revision := someRevision(2, RevisionFailed)
	revision.Message, revision.Who, revision.Why, revision.When, revision.RollbackTo = "timed out", "ann", "it was asked for", at, 1
	revision.InstanceDigest, revision.Identity, revision.PackageDigest, revision.ImageDigest = "a", "b", "c", "d"
	revision.PackageName, revision.Reference, revision.Objects, revision.Pruned = "webapp", "example.org/web:1", 3, true
	revision.Phases = []PhaseOutcome{
		{Name: "first", Objects: 2, State: PhaseAvailable, Began: &at, Ended: &later},
		{Name: "second", Class: "hosted", Objects: 1, State: PhaseFailed, Began: &later, Message: "waits for <b>"},
	}
	return &Record{
		Release: cluster.Release{Namespace: "shop", Name: "web"}, PackageName: "webapp", Scope: manifest.ScopeNamespaced,
		State: StateFailed, Message: "phase second", Paused: &Pause{Who: "ben", Why: "holidays", Since: at},
		Target: 2, Available: 1, Removal: &Removal{Began: later, Phases: []PhaseOutcome{{Name: "second", State: PhasePending}}, Gone: true},
		Revisions: []Revision{someRevision(1, RevisionSuperseded), revision}, Rebuilt: true,
	}
}

func TestRecordIsReadAsItWasStored(t *testing.T) {
	t.Parallel()
	encoded, err := encodeRecord(wholeRecord())
	require.NoError(t, err)
	read, err := decodeRecord(encoded)
	require.NoError(t, err)
	require.Equal(t, wholeRecord(), read)
	require.Contains(t, string(encoded), `{"version":1,"release":{"namespace":"shop","name":"web"},"packageName":"webapp"`)
}

// Each row is what someone may have made of a record by hand.
func TestRecordThatIsNone(t *testing.T) {
	t.Parallel()
	encoded, err := encodeRecord(wholeRecord())
	require.NoError(t, err)
	for name, test := range map[string]struct{ edit, want string }{
		"no JSON":            {`{"version":1,`, "{"},
		"unknown field":      {`"packageName":"webapp","scope"`, `"packagename":"webapp","scope"`},
		"field twice":        {`"target":2`, `"target":2,"target":2`},
		"release":            {`"name":"web"}`, `"name":"../web"}`},
		"state":              {`"state":"Failed","message":"phase`, `"state":"failed","message":"phase`},
		"revision state":     {`"state":"Superseded"`, `"state":""`},
		"order of revisions": {`"number":1`, `"number":3`},
		"revision zero":      {`"number":1`, `"number":0`},
		"target":             {`"target":2`, `"target":3`},
		"available":          {`"available":1`, `"available":-1`},
		"digest":             {someDigest, "sha256:0"},
		"chunks":             {`"chunks":1`, `"chunks":1000000000`},
		"no chunks":          {`"chunks":1`, `"chunks":0`},
		"bytes":              {`"bytes":10`, `"bytes":999999999`},
		"number":             {`"target":2`, `"target":2.5`},
		"time":               {`"began":"2026`, `"began":"yesterday`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			edited := strings.Replace(string(encoded), test.edit, test.want, 1)
			require.NotEqual(t, string(encoded), edited)
			_, err := decodeRecord([]byte(edited))
			require.Error(t, err)
		})
	}
	_, err = decodeRecord([]byte(strings.Replace(string(encoded), `"version":1`, `"version":2`, 1)))
	require.ErrorContains(t, err, "version 2 of the record")
	_, err = decodeRecord(make([]byte, maxRecord+1))
	require.ErrorContains(t, err, "limit Record exceeded")
}

func TestRecordIsBounded(t *testing.T) {
	t.Parallel()
	record := wholeRecord()
	record.Message = strings.Repeat("ä", MaxMessage)
	record.Revisions[1].Phases[0].Message = record.Message
	record.Removal.Phases[0].Message = record.Message
	record.Paused.Why, record.Revisions[0].Why = record.Message, record.Message
	encoded, err := encodeRecord(record)
	require.NoError(t, err)
	require.Len(t, record.Message, 2*MaxMessage, "the caller's stays")
	require.Len(t, record.Revisions[1].Phases[0].Message, 2*MaxMessage)
	read, err := decodeRecord(encoded)
	require.NoError(t, err)
	for _, text := range []string{
		read.Message, read.Revisions[1].Phases[0].Message, read.Removal.Phases[0].Message, read.Paused.Why, read.Revisions[0].Why,
	} {
		require.LessOrEqual(t, len(text), MaxMessage)
		require.Greater(t, len(text), MaxMessage-4)
		require.True(t, utf8.ValidString(text))
		require.True(t, strings.HasSuffix(text, "ä…"))
	}

	// The oldest lose their phases, and the newest keeps them.
	record = wholeRecord()
	record.Revisions = nil
	for number := 1; number <= 12; number++ {
		revision := someRevision(number, RevisionSuperseded)
		for phase := range 100 {
			revision.Phases = append(revision.Phases, PhaseOutcome{Name: fmt.Sprint(phase), State: PhaseFailed, Message: strings.Repeat("x", 1000)})
		}
		record.Revisions = append(record.Revisions, revision)
	}
	encoded, err = encodeRecord(record)
	require.NoError(t, err)
	require.LessOrEqual(t, len(encoded), maxRecord)
	read, err = decodeRecord(encoded)
	require.NoError(t, err)
	require.Empty(t, read.Revisions[0].Phases)
	require.Len(t, read.Revisions[11].Phases, 100)
	require.Len(t, record.Revisions[0].Phases, 100, "the caller's stays")

	// Without phases the oldest lose what is long of their texts, and a removal its phases.
	record = wholeRecord()
	record.Revisions = nil
	for number := 1; number <= 502; number++ {
		revision := someRevision(number, RevisionFailed)
		for _, text := range revision.texts() {
			*text = strings.Repeat("x", 1000)
		}
		record.Revisions = append(record.Revisions, revision)
	}
	for range 10_000 {
		record.Removal.Phases = append(record.Removal.Phases, PhaseOutcome{Name: "phase", State: PhaseAvailable})
	}
	encoded, err = encodeRecord(record)
	require.NoError(t, err)
	read, err = decodeRecord(encoded)
	require.NoError(t, err)
	require.Len(t, read.Revisions, 502)
	require.Len(t, read.Revisions[0].Message, shortText)
	require.Len(t, read.Revisions[501].Message, 1000)
	require.Empty(t, read.Removal.Phases)

	// Where that is not enough, it is an error.
	for number := 503; number < 5000; number++ {
		record.Revisions = append(record.Revisions, someRevision(number, RevisionFailed))
	}
	_, err = encodeRecord(record)
	var limit *packagetypes.LimitError
	require.ErrorAs(t, err, &limit)
}

func TestNext(t *testing.T) {
	t.Parallel()
	require.Equal(t, 1, (&Record{}).Next())
	record := &Record{Revisions: []Revision{{Number: 4}, {Number: 7}}}
	require.Equal(t, 8, record.Next())
	revision, found := record.Revision(4)
	require.True(t, found)
	revision.Message = "changed"
	require.Equal(t, "changed", record.Revisions[0].Message)
	_, found = record.Revision(5)
	require.False(t, found)
}

func TestKeep(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		record       Record
		limit, count int
		want         string
	}{
		"few":                         {Record{Target: 3, Available: 3}, 3, 3, "1 2 3"},
		"oldest":                      {Record{Target: 5, Available: 5}, 3, 5, "3 4 5"},
		"one":                         {Record{Target: 5, Available: 5}, 1, 5, "5"},
		"default":                     {Record{Target: 12, Available: 12}, 0, 12, "3 4 5 6 7 8 9 10 11 12"},
		"negative":                    {Record{Target: 12, Available: 12}, -4, 12, "3 4 5 6 7 8 9 10 11 12"},
		"failed since":                {Record{Target: 5, Available: 2}, 3, 5, "2 3 4 5"},
		"much failed since":           {Record{Target: 9, Available: 2}, 3, 9, "2 7 8 9"},
		"one, failed since":           {Record{Target: 5, Available: 2}, 1, 5, "2 5"},
		"never available":             {Record{Target: 5}, 3, 5, "3 4 5"},
		"rebuilt":                     {Record{Target: 5, Rebuilt: true}, 3, 5, "1 2 3 4 5"},
		"rebuilt, and available":      {Record{Target: 5, Available: 5, Rebuilt: true}, 3, 5, "3 4 5"},
		"target is not the newest":    {Record{Target: 3, Available: 1}, 1, 5, "1 3 5"},
		"available is not the target": {Record{Target: 4, Available: 5}, 1, 5, "5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for number := 1; number <= test.count; number++ {
				test.record.Revisions = append(test.record.Revisions, Revision{Number: number})
			}
			var kept []string
			for _, revision := range keep(&test.record, test.limit) {
				kept = append(kept, fmt.Sprint(revision.Number))
			}
			require.Equal(t, test.want, strings.Join(kept, " "))
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	web := cluster.Release{Namespace: "shop", Name: "web"}
	for _, number := range []int{1, 7, 120} {
		for _, chunk := range []int{0, 1, 63} {
			gotNumber, gotChunk, ok := parseRevisionName(web, revisionName(web, number, chunk))
			require.True(t, ok)
			require.Equal(t, []int{number, chunk}, []int{gotNumber, gotChunk})
		}
	}
	for _, name := range []string{
		"", "packstage.revision.web", "packstage.revision.web.", "packstage.revision.web.0", "packstage.revision.web.01",
		"packstage.revision.web.+1", "packstage.revision.web.1.0", "packstage.revision.web.1.", "packstage.revision.web.1.1.1",
		"packstage.revision.web.-1", "packstage.revision.web.1.-1", "packstage.revision.web2.1", "packstage.revision.webx.1", "packstage.release.web",
	} {
		_, _, ok := parseRevisionName(web, name)
		require.False(t, ok, name)
	}
	for _, release := range []cluster.Release{
		{}, {Namespace: "shop"}, {Name: "web"}, {Namespace: "shop", Name: "web.1"}, {Namespace: "sh/op", Name: "web"},
		{Namespace: "shop", Name: "Web"}, {Namespace: "shop", Name: strings.Repeat("a", 54)},
	} {
		require.Error(t, checkRelease(release), release)
	}
	longest := cluster.Release{Namespace: strings.Repeat("n", 63), Name: strings.Repeat("a", 53)}
	require.NoError(t, checkRelease(longest))
	require.LessOrEqual(t, len(revisionName(longest, 1_000_000, 63)), 253)
}

func TestReservedObject(t *testing.T) {
	t.Parallel()
	for object, want := range map[string]bool{
		`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"packstage.release.web"}}`:                    true,
		`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"packstage.revision.web.1"}}`:                 true,
		`{"apiVersion":"v1","kind":"Secret","metadata":{"generateName":"packstage.revision.web."}}`:          true,
		`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"harmless"},"type":"packstage.dev/revision"}`: true,
		`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"harmless"},"type":"packstage.dev/other"}`:    true,
		`{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"packstage.web"}}`:         true,
		`{"apiVersion":"coordination.k8s.io/v1beta1","kind":"Lease","metadata":{"name":"packstage.web"}}`:    true,
		`{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"web"}}`:                   false,
		`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"packstage"},"type":"Opaque"}`:                false,
		`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"packstage.release.web"}}`:                 false,
		`{"apiVersion":"example.org/v1","kind":"Secret","metadata":{"name":"packstage.release.web"}}`:        false,
		`{"apiVersion":1,"kind":2,"metadata":3}`:                                                             false,
		`{}`:                                                                                                 false,
	} {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(object), &fields))
		require.Equal(t, want, ReservedObject(fields), object)
	}
}

func FuzzDecodeRecord(f *testing.F) {
	encoded, err := encodeRecord(wholeRecord())
	require.NoError(f, err)
	f.Add(encoded)
	f.Fuzz(func(t *testing.T, encoded []byte) {
		record, err := decodeRecord(encoded)
		if err != nil {
			return
		}
		again, err := encodeRecord(record)
		if err != nil {
			return // a time that cannot be written again, or one that is too large
		}
		read, err := decodeRecord(again)
		require.NoError(t, err)
		twice, err := encodeRecord(read)
		require.NoError(t, err)
		require.Equal(t, string(again), string(twice))
	})
}
