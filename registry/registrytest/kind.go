package registrytest

import "slices"

// Kind is a way in which a registry goes wrong.
type Kind string

// Faults in place of an answer. The registry behind does not see the request,
// except for [LostAnswer].
const (
	// TooManyRequests answers 429 with Retry-After in seconds.
	TooManyRequests Kind = "too many requests"
	// TooManyRequestsUntil answers 429 with Retry-After as a date.
	TooManyRequestsUntil Kind = "too many requests until"
	// InternalError answers 500 with a page of HTML, as a proxy does.
	InternalError Kind = "internal error"
	// Unavailable answers 503 with Retry-After in seconds.
	Unavailable Kind = "unavailable"
	// CutConnection closes the connection before any answer.
	CutConnection Kind = "cut connection"
	// LostAnswer closes the connection before the answer to a request that
	// changed something: the registry has done it, and nobody says so.
	LostAnswer Kind = "lost answer"
	// TooLarge answers 413 to a blob or manifest.
	TooLarge Kind = "too large"
	// RangeNotSatisfiable answers 416 to a request for a part of a blob, or to
	// the end of an upload.
	RangeNotSatisfiable Kind = "range not satisfiable"
	// ExpiredToken takes the credentials of a request for ones that are not
	// valid any more, so that the registry behind asks for new ones. It strikes
	// requests with credentials only.
	ExpiredToken Kind = "expired token"
)

// Faults in the body of a manifest, a blob or a list.
const (
	// CutBody closes the connection at [Fault.At] of the body.
	CutBody Kind = "cut body"
	// StallBody sends the body up to [Fault.At] and then nothing, until the
	// client goes away, or for [FaultOptions.Stall].
	StallBody Kind = "stalled body"
	// SlowBody sends the body in sixteen pieces, [FaultOptions.Pause] apart.
	SlowBody Kind = "slow body"
	// WrongBytes changes the byte at [Fault.At]; the length stays.
	WrongBytes Kind = "wrong bytes"
	// WrongBytesAfterTar changes the last byte of a blob, which a reader of a tar
	// with something behind its end, or of the tar in a gzip stream, does not
	// come to.
	WrongBytesAfterTar Kind = "wrong bytes after tar"
	// LongContentLength says that the body is longer than it is.
	LongContentLength Kind = "long content length"
	// ShortContentLength says that the body is shorter than it is.
	ShortContentLength Kind = "short content length"
	// TruncatedManifest leaves out the second half of a manifest, with a length
	// that fits.
	TruncatedManifest Kind = "truncated manifest"
	// WrongDigestHeader gives another Docker-Content-Digest.
	WrongDigestHeader Kind = "wrong digest header"
	// IgnoredRange answers 200 with the whole blob to a request for a part.
	IgnoredRange Kind = "ignored range"
	// WrongContentRange answers with a part and says that it is another one.
	WrongContentRange Kind = "wrong content range"
	// MovedTag has a tag mean another manifest from this request on, until it is
	// pushed again: the same one, with a line feed behind it.
	MovedTag Kind = "moved tag"
)

// Faults in where a client is sent. Another host is that of
// [Faults.ElsewhereHost].
const (
	// RedirectedBlob sends a client to another host for a blob.
	RedirectedBlob Kind = "redirected blob"
	// RedirectLoop sends a client to where it is.
	RedirectLoop Kind = "redirect loop"
	// ForeignUpload sends an upload to another host.
	ForeignUpload Kind = "foreign upload"
	// UnclosedLink gives the next page of a list in a Link header without ">".
	UnclosedLink Kind = "unclosed link"
	// ForeignLink gives the next page of a list at another host.
	ForeignLink Kind = "foreign link"
	// LinkLoop gives a page of a list as its own next one.
	LinkLoop Kind = "link loop"
	// EmptyPages answers with a page of a list that is empty and has a next one.
	EmptyPages Kind = "empty pages"
)

// What a registry cannot do at all. With a rate, a schedule has each of them for
// all of its requests or for none.
const (
	// NoReferrers answers 404 to requests for referrers, and does not say that it
	// notes subjects.
	NoReferrers Kind = "no referrers"
	// RefusedArtifactType answers 400 MANIFEST_INVALID to a manifest with a type
	// of its own, as GitLab does.
	RefusedArtifactType Kind = "refused artifact type"
	// RefusedSubject answers 400 MANIFEST_INVALID to a manifest with a subject.
	RefusedSubject Kind = "refused subject"
)

// Kinds returns all kinds in lexical order.
func Kinds() []Kind {
	kinds := make([]Kind, 0, len(behaviours))
	for kind := range behaviours {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}

// behaviour is what a kind does to which requests.
type behaviour struct {
	to func(*asked) bool
	// quirk is a property of a registry rather than a mishap.
	quirk bool
	run   func(*strike)
}

var behaviours = map[Kind]behaviour{
	TooManyRequests:      {to: anything, run: tooManyRequests},
	TooManyRequestsUntil: {to: anything, run: tooManyRequests},
	InternalError:        {to: anything, run: internalError},
	Unavailable:          {to: anything, run: unavailable},
	CutConnection:        {to: anything, run: cutConnection},
	LostAnswer:           {to: changes, run: lostAnswer},
	TooLarge:             {to: sends, run: tooLarge},
	RangeNotSatisfiable:  {to: isPartial, run: rangeNotSatisfiable},
	ExpiredToken:         {to: hasCredentials, run: expiredToken},
	CutBody:              {to: reads, run: cutBody},
	StallBody:            {to: reads, run: stallBody},
	SlowBody:             {to: reads, run: slowBody},
	WrongBytes:           {to: reads, run: wrongBytes},
	WrongBytesAfterTar:   {to: readsBlob, run: wrongLastByte},
	LongContentLength:    {to: reads, run: longContentLength},
	ShortContentLength:   {to: reads, run: shortContentLength},
	TruncatedManifest:    {to: readsManifest, run: truncatedManifest},
	WrongDigestHeader:    {to: statesDigest, run: wrongDigestHeader},
	IgnoredRange:         {to: readsPart, run: ignoredRange},
	WrongContentRange:    {to: readsPart, run: wrongContentRange},
	MovedTag:             {to: looksAtTag, run: movedTag},
	RedirectedBlob:       {to: readsBlob, run: redirectedBlob},
	RedirectLoop:         {to: readsBlob, run: redirectLoop},
	ForeignUpload:        {to: beginsUpload, run: foreignUpload},
	UnclosedLink:         {to: lists, run: brokenLink},
	ForeignLink:          {to: lists, run: brokenLink},
	LinkLoop:             {to: lists, run: brokenLink},
	EmptyPages:           {to: lists, run: emptyPages},
	NoReferrers:          {to: aboutReferrers, quirk: true, run: noReferrers},
	RefusedArtifactType:  {to: sendsManifest, quirk: true, run: refusedManifest},
	RefusedSubject:       {to: sendsManifest, quirk: true, run: refusedManifest},
}
