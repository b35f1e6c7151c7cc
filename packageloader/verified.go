package packageloader

import (
	"context"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/verify"
)

// Verified returns a source that has each image judged by the verifier: once its
// manifest is known, and before configuration or layers are read. What is unpacked
// then is what that manifest points to, by digest; the reference is not looked up
// again. [OpenImage] has the image judged before it returns it.
//
// What is no image with a digest (a folder, an fs.FS, a tar of docker save) is
// judged without one; so is what a source of one's own reads, unless that is a
// [VerifiableSource].
//
// Errors are those of the source and of [verify.Verifier], and [ErrNoVerdict];
// warnings of the verifier are among those of the content. A nil verifier judges nothing.
func Verified(source Source, verifier verify.Verifier) Source {
	if verifier == nil {
		return source
	}
	return verifiedSource{source, verifier}
}

// VerifiableSource is a [Source] that can have an image judged before it reads
// it. A source around another one implements it to pass the verifier on.
type VerifiableSource interface {
	Source
	// OpenVerified is Open with a judgement in between: once the digest of the
	// image is known, the verifier is asked, and nothing is read before it has
	// agreed to exactly that digest. A nil verifier agrees to everything.
	OpenVerified(ctx context.Context, limits packagetypes.Limits, verifier verify.Verifier) (*Content, error)
}

type verifiedSource struct {
	source   Source
	verifier verify.Verifier
}

// Open implements [Source].
func (s verifiedSource) Open(ctx context.Context, limits packagetypes.Limits) (*Content, error) {
	return s.OpenVerified(ctx, limits, nil)
}

// OpenVerified implements [VerifiableSource]: both verifiers have to agree.
func (s verifiedSource) OpenVerified(ctx context.Context, limits packagetypes.Limits, verifier verify.Verifier) (*Content, error) {
	both := s.verifier
	if verifier != nil {
		both = verifiers{s.verifier, verifier}
	}
	if source, ok := s.source.(VerifiableSource); ok {
		return source.OpenVerified(ctx, limits, both)
	}
	warnings, err := admission{both, verify.Subject{Reference: placeOf(s.source)}}.check(ctx, v1.Hash{})
	if err != nil {
		return nil, err
	}
	content, err := s.source.Open(ctx, limits)
	if err != nil {
		return nil, err
	}
	judged := *content // a source may return the same content again
	judged.Warnings = append(judged.Warnings[:len(judged.Warnings):len(judged.Warnings)], warnings...)
	return &judged, nil
}

func (s verifiedSource) openImage(ctx context.Context, limits packagetypes.Limits) (openedImage, error) {
	opener, ok := s.source.(imageOpener)
	if !ok {
		return openedImage{}, fmt.Errorf("open image: %w", ErrNoImage)
	}
	opened, err := opener.openImage(ctx, limits)
	if err != nil {
		return openedImage{}, err
	}
	raw, err := opened.image.RawManifest()
	if err == nil {
		_, err = admission{s.verifier, opened.subject}.check(ctx, digestOf(raw))
	}
	if err != nil {
		_ = opened.closer.Close()
		return openedImage{}, err
	}
	return opened, nil
}

// placeOf says what is judged where it is no image.
func placeOf(source Source) string {
	switch source := source.(type) {
	case folderSource:
		return source.path
	case tarFileSource:
		return source.path
	default:
		return "the package"
	}
}

// verifiers agree where all of them do.
type verifiers []verify.Verifier

// Verify implements [verify.Verifier]; the result is that of the first.
func (vs verifiers) Verify(ctx context.Context, subject verify.Subject) (*verify.Result, error) {
	var all verify.Result
	for i, verifier := range vs {
		result, err := ask(ctx, verifier, subject)
		if err != nil {
			return nil, err
		}
		warnings := append(all.Warnings, result.Warnings...)
		if i == 0 {
			all = *result
		}
		all.Warnings = warnings.Sorted()
	}
	return &all, nil
}

// admission asks a verifier about one image.
type admission struct {
	verifier verify.Verifier // nil admits everything
	// subject without its digest
	subject verify.Subject
}

// check judges the image with a digest, which is zero for what is no image.
func (a admission) check(ctx context.Context, digest v1.Hash) (diagnostic.Diagnostics, error) {
	if a.verifier == nil {
		return nil, nil
	}
	subject := a.subject
	subject.Digest = digest
	result, err := ask(ctx, a.verifier, subject)
	if err != nil {
		return nil, err
	}
	return result.Warnings, nil
}

// ErrNoVerdict is a [verify.Verifier] that returned neither a result nor an error,
// which agrees to nothing.
var ErrNoVerdict = errors.New("the verifier returned neither a result nor an error")

// ask asks a verifier, which may be one of a user's own; the result is there where
// the error is nil. A nil verifier judges nothing, as with a policy that is off.
func ask(ctx context.Context, verifier verify.Verifier, subject verify.Subject) (*verify.Result, error) {
	if verifier == nil {
		return &verify.Result{Reference: subject.Reference, Digest: subject.Digest, Mode: verify.Off}, nil
	}
	result, err := verifier.Verify(ctx, subject)
	if err != nil {
		return nil, err
	}
	if result == nil {
		return nil, fmt.Errorf("verify %s: %w", subject.Reference, ErrNoVerdict)
	}
	return result, nil
}

// Verify asks the verifier about what a source reads, and reads no more of it than
// that takes: of an image, the manifest. A nil verifier judges nothing: the result
// has the mode [verify.Off] then.
//
// Errors are those of the source and of [verify.Verifier], and [ErrNoVerdict].
func Verify(ctx context.Context, source Source, verifier verify.Verifier) (*verify.Result, error) {
	opener, ok := source.(imageOpener)
	if !ok {
		return ask(ctx, verifier, verify.Subject{Reference: placeOf(source)})
	}
	opened, err := opener.openImage(ctx, packagetypes.Limits{})
	if errors.Is(err, ErrNoImage) {
		return ask(ctx, verifier, verify.Subject{Reference: placeOf(source)})
	}
	if err != nil {
		return nil, err
	}
	defer opened.closer.Close()
	raw, err := opened.image.RawManifest()
	if err != nil {
		return nil, err
	}
	subject := opened.subject
	subject.Digest = digestOf(raw)
	return ask(ctx, verifier, subject)
}
