package relocation_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packageloader/relocation"
	"github.com/packstage/packstage/registry/registrytest"
	"github.com/packstage/packstage/verify"
)

var errRefused = errors.New("not signed")

// judge agrees to one digest.
type judge struct {
	digest string
	asked  int
}

func (j *judge) Verify(_ context.Context, subject verify.Subject) (*verify.Result, error) {
	j.asked++
	if subject.Digest.String() != j.digest {
		return nil, errRefused
	}
	return &verify.Result{}, nil
}

// A package that a verifier does not agree to goes nowhere, from wherever it comes.
func TestVerifierJudgesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, registrytest.Options{})
	d := newDestinations(t, w.client, registrytest.Options{})
	for _, images := range []bool{false, true} {
		for _, kind := range kinds {
			label := map[bool]string{false: "alone-", true: "whole-"}[images] + kind
			good := &judge{digest: w.digest}
			options := relocation.Options{Images: images, Verifier: good}
			_, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), d.place(kind, label), options)
			require.NoError(t, err)
			require.Equal(t, 1, good.asked)

			from := d.place(kind, label)
			if kind == "registry" {
				from = relocation.InRegistry(w.client, d.host+"/mirror/"+label+":v1")
			}
			folder := t.TempDir()
			options.Verifier = &judge{}
			_, err = relocation.Copy(t.Context(), from, relocation.InLayout(folder, ""), options)
			require.ErrorIs(t, err, errRefused)
			entries, err := os.ReadDir(folder)
			require.NoError(t, err)
			require.Empty(t, entries)
		}
	}
}
