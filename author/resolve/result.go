package resolve

import (
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// Outcome says how a dependency was resolved.
type Outcome string

const (
	// Chosen is a version that was looked up in the repositories.
	Chosen Outcome = "chosen"
	// Kept is a version that the lock had, and that still satisfies.
	Kept Outcome = "kept"
	// Failed means that there is no version.
	Failed Outcome = "failed"
)

// Choice is what became of one dependency, and why.
type Choice struct {
	// Name, Package and Range are those of the dependency.
	Name    string `json:"name"`
	Package string `json:"package"`
	Range   string `json:"range"`
	// With names the other dependencies on the same package, whose ranges hold
	// for this one too.
	With    []string `json:"with,omitempty"`
	Outcome Outcome  `json:"outcome"`
	// Version, Image and Digest are for the lock; empty where Outcome is Failed.
	Version string `json:"version,omitempty"`
	Image   string `json:"image,omitempty"`
	Digest  string `json:"digest,omitempty"`
	// Repository is where the version was found: Source of [Repository].
	Repository string `json:"repository,omitempty"`
	// Known counts the versions of the package, Satisfying those that could be
	// chosen.
	Known      int `json:"known"`
	Satisfying int `json:"satisfying"`
	// Newest is the newest that could be chosen: another one than Version where
	// that was kept.
	Newest string `json:"newest,omitempty"`
	// Withdrawn is set where a version was kept that no repository has any more.
	Withdrawn bool `json:"withdrawn,omitempty"`
	// MovedTo is the digest that the repositories have for a version that was
	// kept with another one.
	MovedTo string `json:"movedTo,omitempty"`
	// Excluded are the versions that are newer than Version and were not chosen,
	// newest first, and those that are no versions; where Outcome is Failed, all.
	Excluded []Exclusion `json:"excluded,omitempty"`
	// Failure says why there is no version; nil where there is one.
	Failure *Failure `json:"failure,omitempty"`

	// demands are the ranges of all dependencies on the package, and the platforms
	// where the manifest names some, for texts.
	demands string
}

// Locked returns the entry for the lock.
func (c Choice) Locked() manifest.LockedDependency {
	return manifest.LockedDependency{Name: c.Name, Image: c.Image, Digest: c.Digest, Version: c.Version}
}

// Cause says what kept a version from being chosen.
type Cause string

const (
	// ByRange is a range that does not hold the version.
	ByRange Cause = "range"
	// ByPreRelease is a range that asks for no pre-releases.
	ByPreRelease Cause = "pre-release"
	// ByPlatform is a platform of the manifest that the version does not support.
	ByPlatform Cause = "platform"
	// ByConflict is a version that stands for two digests.
	ByConflict Cause = "conflict"
	// ByEntry is an entry that cannot be used: no semantic version, no digest.
	ByEntry Cause = "entry"
)

// Exclusion is a version that was not chosen.
type Exclusion struct {
	Version string `json:"version"`
	Cause   Cause  `json:"cause"`
	// By names the dependencies whose ranges exclude the version, or is empty.
	By []string `json:"by,omitempty"`
	// Reason says it in words that follow the version: "is not in ^2 of db".
	Reason string `json:"reason"`
}

// Failure says why a dependency has no version.
type Failure struct {
	Code    diagnostic.Code `json:"code"`
	Message string          `json:"message"`
	Hint    string          `json:"hint,omitempty"`
	// Field is the field of the dependency that it is about: "package" or
	// "range".
	Field string `json:"field"`

	// brief is the message without the versions, or "".
	brief string
}

func (f Failure) clause() string {
	if f.brief != "" {
		return f.brief
	}
	return f.Message
}
