package cli

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
)

// listedVersions is what "versions --json" prints.
type listedVersions struct {
	SchemaVersion int             `json:"schemaVersion"`
	Repository    string          `json:"repository"`
	Versions      []listedVersion `json:"versions"`
}

// latestVersion is what "versions --latest --json" prints.
type latestVersion struct {
	SchemaVersion int    `json:"schemaVersion"`
	Tag           string `json:"tag"`
	Version       string `json:"version"`
	Reference     string `json:"reference"`
	Digest        string `json:"digest"`
}

type listedVersion struct {
	Tag string `json:"tag"`
	// Version is left out where the tag is none.
	Version   string `json:"version,omitempty"`
	Reference string `json:"reference"`
	Digest    string `json:"digest,omitempty"`
	// Created is left out where the image does not say.
	Created     *time.Time            `json:"created,omitempty"`
	Package     bool                  `json:"package"`
	Name        string                `json:"name,omitempty"`
	Description string                `json:"description,omitempty"`
	Scopes      []manifest.Scope      `json:"scopes"`
	Constraints []manifest.Constraint `json:"constraints"`
	// Problem says what is wrong with an image that is broken.
	Problem string `json:"problem,omitempty"`
}

func (p *program) versionsCommand() *cobra.Command {
	var (
		flags          registryFlags
		options        packageloader.VersionsOptions
		latest, asJSON bool
	)
	command := &cobra.Command{
		Use:   "versions REPOSITORY",
		Short: "List the versions of a package in a registry",
		Long: `List the tags of a repository that are semantic versions, with or without "v" in
front, newest first: with digest, creation, scopes, constraints and description, as
manifest and configuration of each image say; no layer is pulled. An image that is
broken, or does not say that it is a package, is marked. Tags that keep signatures
are never listed.

Pre-releases are left out, unless --range names one, as ">=1.2.0-0" does, or --pre
is given.

--latest prints the newest version only, as REPOSITORY@DIGEST, and asks the registry
for nothing but the list and that digest. Where there is none the exit code is 1.`,
		Example: `  packstage versions registry.example.com/shop
  packstage versions registry.example.com/shop --range '^1.2' --json
  packstage render "$(packstage versions registry.example.com/shop --range '^1.2' --latest)"`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			repository := args[0]
			if err := checkRepository(repository); err != nil {
				return err
			}
			if options.All && (latest || options.Range != "") {
				return usagef("--all goes with neither --latest nor --range")
			}
			options.Vanished = func(tag string) { p.remark("skipped %s:%s, which was deleted meanwhile", repository, printable(tag)) }
			client, done, err := flags.client(p)
			if err != nil {
				return err
			}
			defer done()
			if latest {
				found, err := packageloader.LatestVersion(command.Context(), client, repository, options)
				if err != nil {
					return rangeUsage(err)
				}
				done()
				return p.result(func(w io.Writer) error { return printLatest(w, found, asJSON) })
			}
			found, err := packageloader.Versions(command.Context(), client, repository, options)
			if err != nil {
				return rangeUsage(err)
			}
			done()
			return p.result(func(w io.Writer) error {
				if asJSON {
					return printJSON(w, newListedVersions(repository, found))
				}
				return printVersions(w, found)
			})
		},
	}
	command.Flags().StringVar(&options.Range, "range", "", "list versions in the `RANGE` only, such as '^1.2' or '>=1.2 <2'")
	command.Flags().BoolVar(&options.PreReleases, "pre", false, "list pre-releases, too")
	command.Flags().BoolVar(&options.All, "all", false, "list pre-releases, and tags that are no versions, too")
	command.Flags().BoolVar(&latest, "latest", false, "print the newest version only, as REPOSITORY@DIGEST")
	command.Flags().BoolVar(&asJSON, "json", false, "print a JSON object instead of a table")
	flags.add(command)
	return command
}

// checkRepository checks a repository: host and path, without tag and digest.
func checkRepository(repository string) error {
	if strings.Contains(repository, "@") || strings.Contains(path.Base(repository), ":") && strings.Contains(repository, "/") {
		return usagef("%q has a tag or digest; give host and repository, as in registry.example.com/shop", repository)
	}
	return checkReferences("", []string{repository})
}

func rangeUsage(err error) error {
	if errors.Is(err, packageloader.ErrInvalidRange) {
		return usagef("--range: %w; write it as '^1.2' or '>=1.2 <2'", err)
	}
	return err
}

func newListedVersions(repository string, versions []packageloader.Version) listedVersions {
	result := listedVersions{schemaVersion, repository, []listedVersion{}}
	for _, version := range versions {
		listed := listedVersion{
			Tag: version.Tag, Reference: version.Reference, Digest: version.Digest, Package: version.Package,
			Name: version.Name, Description: version.Description, Problem: version.Problem,
			Scopes:      append([]manifest.Scope{}, version.Scopes...),
			Constraints: append([]manifest.Constraint{}, version.Constraints...),
		}
		if version.Version != nil {
			listed.Version = version.Version.String()
		}
		if !version.Created.IsZero() {
			listed.Created = &version.Created
		}
		result.Versions = append(result.Versions, listed)
	}
	return result
}

func printLatest(w io.Writer, found packageloader.Version, asJSON bool) error {
	if asJSON {
		return printJSON(w, latestVersion{schemaVersion, found.Tag, found.Version.String(), found.Reference, found.Digest})
	}
	_, err := fmt.Fprintln(w, found.Reference)
	return err
}

func printVersions(w io.Writer, versions []packageloader.Version) error {
	table := newTable(w, "TAG", "DIGEST", "CREATED", "SCOPES", "CONSTRAINTS", "DESCRIPTION")
	for _, version := range versions {
		created := ""
		if !version.Created.IsZero() {
			created = version.Created.Format(time.DateOnly)
		}
		about, _, _ := strings.Cut(version.Description, "\n")
		switch {
		case version.Problem != "":
			about = "broken: " + version.Problem
		case !version.Package:
			about = strings.TrimSpace("(does not say that it is a package) " + about)
		}
		scopes := joined(version.Scopes, func(scope manifest.Scope) string { return string(scope) })
		table.row(version.Tag, version.Digest, created, scopes, constraintText(version.Constraints), about)
	}
	return table.flush()
}
