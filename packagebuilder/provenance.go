package packagebuilder

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// The provenance of a package, as a referrer of its image.
const (
	// ProvenanceType is the artifact type and the media type: a statement of
	// in-toto, which is not signed by itself.
	ProvenanceType = "application/vnd.in-toto+json"
	// ProvenancePredicateType says what the statement is about.
	ProvenancePredicateType = "https://slsa.dev/provenance/v1"
	// predicateTypeAnnotation tells it without reading the statement.
	predicateTypeAnnotation = "in-toto.io/predicate-type"
	// provenanceBuildType is the kind of build: it says what the parameters mean.
	provenanceBuildType = "https://github.com/packstage/packstage/build/v1"
)

// ProvenanceOptions says how an image was made.
type ProvenanceOptions struct {
	// Names are the references that the image got; the subject of the statement
	// has their repositories as names.
	Names []string
	// ContentDigest is that of the package's files.
	ContentDigest string
	// Source and Revision are the repository with the sources and the commit in
	// it; they are left out where they are empty.
	Source, Revision string
	// Parameters are what the user chose, such as annotations.
	Parameters map[string]string
	// Builder is the URI of who built, and Version its version; an empty URI is
	// packstage itself.
	Builder, Version string
	// Invocation is the URI of the run, such as that of a CI job, or empty.
	Invocation string
	// Started and Finished are left out where they are zero.
	Started, Finished time.Time
}

// Provenance makes the statement of where an image comes from: in-toto
// Statement v1 with the predicate SLSA Provenance v1, as JSON. It is a claim of
// whoever makes it; signing it is another step.
func Provenance(image v1.Hash, options ProvenanceOptions) ([]byte, error) {
	if image.Algorithm != "sha256" || len(image.Hex) != 64 {
		return nil, errors.New("provenance: the digest of the image is not a sha256")
	}
	statement := provenanceStatement{
		Type:          "https://in-toto.io/Statement/v1",
		PredicateType: ProvenancePredicateType,
	}
	seen := map[string]bool{}
	for _, reference := range options.Names {
		repository := repositoryOf(reference)
		if !seen[repository] {
			seen[repository] = true
			statement.Subject = append(statement.Subject, provenanceResource{Name: repository, Digest: map[string]string{image.Algorithm: image.Hex}})
		}
	}
	if len(statement.Subject) == 0 {
		statement.Subject = []provenanceResource{{Digest: map[string]string{image.Algorithm: image.Hex}}}
	}
	definition := &statement.Predicate.BuildDefinition
	definition.BuildType = provenanceBuildType
	definition.ExternalParameters = map[string]any{}
	if len(options.Parameters) > 0 {
		definition.ExternalParameters["annotations"] = maps.Clone(options.Parameters)
	}
	if options.Source != "" {
		definition.ExternalParameters["source"] = options.Source
		resolved := provenanceResource{URI: options.Source}
		if options.Revision != "" {
			resolved.Digest = map[string]string{"gitCommit": options.Revision}
		}
		definition.ResolvedDependencies = append(definition.ResolvedDependencies, resolved)
	}
	if algorithm, sum, ok := strings.Cut(options.ContentDigest, ":"); ok {
		definition.ResolvedDependencies = append(definition.ResolvedDependencies,
			provenanceResource{Name: "package files", Digest: map[string]string{algorithm: sum}})
	}
	run := &statement.Predicate.RunDetails
	run.Builder.ID = options.Builder
	if run.Builder.ID == "" {
		run.Builder.ID = "https://github.com/packstage/packstage"
	}
	if options.Version != "" {
		run.Builder.Version = map[string]string{"packstage": options.Version}
	}
	run.Metadata = provenanceMetadata{options.Invocation, timestamp(options.Started), timestamp(options.Finished)}
	return json.MarshalIndent(statement, "", "  ")
}

func timestamp(moment time.Time) string {
	if moment.IsZero() {
		return ""
	}
	return moment.UTC().Format(time.RFC3339)
}

// provenanceStatement is what is used of in-toto's Statement v1
// (https://in-toto.io/Statement/v1) and SLSA's Provenance v1
// (https://slsa.dev/spec/v1.0/provenance).
type provenanceStatement struct {
	Type          string               `json:"_type"`
	Subject       []provenanceResource `json:"subject"`
	PredicateType string               `json:"predicateType"`
	Predicate     struct {
		BuildDefinition struct {
			BuildType            string               `json:"buildType"`
			ExternalParameters   map[string]any       `json:"externalParameters"`
			ResolvedDependencies []provenanceResource `json:"resolvedDependencies,omitempty"`
		} `json:"buildDefinition"`
		RunDetails struct {
			Builder struct {
				ID      string            `json:"id"`
				Version map[string]string `json:"version,omitempty"`
			} `json:"builder"`
			Metadata provenanceMetadata `json:"metadata"`
		} `json:"runDetails"`
	} `json:"predicate"`
}

type provenanceResource struct {
	Name   string            `json:"name,omitempty"`
	URI    string            `json:"uri,omitempty"`
	Digest map[string]string `json:"digest,omitempty"`
}

type provenanceMetadata struct {
	InvocationID string `json:"invocationId,omitempty"`
	StartedOn    string `json:"startedOn,omitempty"`
	FinishedOn   string `json:"finishedOn,omitempty"`
}
