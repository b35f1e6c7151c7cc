package verify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
)

// judge looks at the signatures of one image.
type judge struct {
	subject Subject
	entry   Entry
	options Options
	// allowed are the repositories that a signature may name, normalized.
	allowed []string

	found   diagnostic.Diagnostics
	signers []Signer
	// ids are those of the signers.
	ids map[string]bool
	// noticed, where it is set, is told of each accepted signature.
	noticed func(Signer)
	looked  int
	bytes   int64
}

func newJudge(subject Subject, entry Entry, options Options) *judge {
	j := &judge{subject: subject, entry: entry, options: options, ids: map[string]bool{}}
	for _, repository := range append([]string{subject.Repository}, subject.SignedAs...) {
		if normal, err := NormalizeRepository(repository); repository != "" && err == nil {
			j.allowed = append(j.allowed, normal)
		}
	}
	return j
}

// errEnough ends the search.
var errEnough = errors.New("enough signatures were looked at")

func (j *judge) run(ctx context.Context) error {
	if j.subject.Digest == (v1.Hash{}) {
		return diagnostic.Diagnostics{{
			Code: diagnostic.SignatureNoImage, Position: diagnostic.Position{File: j.subject.Reference},
			Message: "is no image with a digest, so it cannot be signed, and the policy requires a signature",
			Hint:    `build, push and sign it; or let an entry of the policy with the prefix "./" say "mode: off" for files`,
		}}
	}
	if j.subject.Signatures != nil {
		for _, search := range []func(context.Context) error{j.bundles, j.simpleSignatures} {
			if err := search(ctx); err != nil && !errors.Is(err, errEnough) {
				return err
			}
			if j.satisfied() && !j.options.All {
				break
			}
			j.looked, j.bytes = 0, 0 // a flood of one form hides nothing of the other
		}
	}
	if j.satisfied() {
		return nil
	}
	if len(j.ids) > 0 {
		j.note(diagnostic.SignatureThreshold, fmt.Sprintf("%d of the %d signers that the policy asks for have signed", len(j.ids), j.threshold()), "")
	}
	if len(j.found) == 0 {
		j.fault(diagnostic.SignatureMissing, fmt.Sprintf("the image %s is not signed", j.subject.Digest),
			"sign it with: packstage sign REFERENCE --key FILE; the signature of an image index or of another tag does not count for it")
	}
	return j.found.Sorted()
}

func (j *judge) threshold() int { return max(1, j.entry.Threshold) }

func (j *judge) satisfied() bool { return len(j.ids) >= j.threshold() }

// mostFindings keeps the report of a flood of signatures readable.
const mostFindings = 20

// fault notes what is wrong with one signature.
func (j *judge) fault(code diagnostic.Code, message, hint string) {
	if len(j.found) < mostFindings {
		j.note(code, message, hint)
	}
}

// note notes what is wrong with all of them.
func (j *judge) note(code diagnostic.Code, message, hint string) {
	j.found = append(j.found, diagnostic.Diagnostic{
		Code: code, Position: diagnostic.Position{File: j.subject.Reference}, Message: message, Hint: hint,
	})
}

// admit counts a signature that is about to be read.
func (j *judge) admit(size int64) error {
	j.looked++
	tooLarge := size < 0 || size > MaxSignatureBytes
	if j.looked > MaxSignatures || !tooLarge && j.bytes+size > MaxSignaturesBytes {
		j.note(diagnostic.SignatureTooMany, fmt.Sprintf("more than %d signatures, or %d bytes of them, hang on the image; the others were not looked at",
			MaxSignatures, MaxSignaturesBytes), "remove those that nobody needs from the repository")
		return errEnough
	}
	if tooLarge {
		j.fault(diagnostic.SignatureTooMany, fmt.Sprintf("a signature of %d bytes was left out: at most %d are read", size, MaxSignatureBytes), "")
		return errSkip
	}
	j.bytes += size
	return nil
}

// errSkip leaves one signature out; a finding says why.
var errSkip = errors.New("the signature is left out")

// skippable tells what is wrong with one signature from trouble with the place
// that signatures are read from. The former is noted.
func (j *judge) skippable(where string, err error) bool {
	if errors.Is(err, errSkip) {
		return true
	}
	if isNotFound(err) {
		j.fault(diagnostic.SignatureMalformed, where+" is listed, but not there", "")
		return true
	}
	found, ok := diagnostic.From(err)
	if !ok {
		return false
	}
	for _, finding := range found {
		j.fault(diagnostic.SignatureMalformed, where+": "+finding.Message, "")
	}
	return true
}

func isNotFound(err error) bool {
	return errors.Is(err, registry.ErrNotFound) || errors.Is(err, fs.ErrNotExist)
}
