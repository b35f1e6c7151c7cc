package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/manifests"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

func (p *program) importManifestsCommand() *cobra.Command {
	var flags importFlags
	command := &cobra.Command{
		Use:   "manifests PATH...",
		Short: "Make a package of manifests: files, folders, or what kubectl prints",
		Long: `Make a package of manifests. PATH is a file, a folder (all files in it and below that
end in .yaml, .yml or .json, in the order of their paths) or - for the standard input.

What an API server and its controllers wrote is taken away: status, managed fields,
addresses of services, objects that other objects own. Comments and layout of
documents of which nothing was taken stay as they are.`,
		Example: `  packstage import manifests ./deploy
  packstage import manifests web.yaml db.yaml --name shop --parametrize replicas,image
  kubectl get all,configmaps,ingresses -n shop -o yaml | packstage import manifests - --name shop`,
		Args: arguments(1, -1),
		RunE: func(command *cobra.Command, args []string) error {
			if _, err := flags.options(); err != nil {
				return err
			}
			if err := flags.checkFolder(); err != nil {
				return err
			}
			input, err := p.readManifests(command.Context(), args)
			if err != nil {
				return err
			}
			return p.finishImport(command, *input, &flags)
		},
	}
	flags.add(command)
	return command
}

func (p *program) readManifests(ctx context.Context, args []string) (*scaffold.Input, error) {
	var (
		files     []manifests.File
		decisions []scaffold.Decision
	)
	limits := importLimits()
	for _, arg := range args {
		if arg == "-" {
			data, err := readAll(ctx, io.LimitReader(p.Stdin, limits.UncompressedImage+1))
			if err != nil {
				return nil, err
			}
			if size := int64(len(data)); size > limits.UncompressedImage {
				return nil, diagnostic.Diagnostics{packagetypes.LimitDiagnostic(diagnostic.Position{File: "stdin"}, "UncompressedImage", size, limits.UncompressedImage)}
			}
			files = append(files, manifests.File{Name: "stdin", Data: data})
			continue
		}
		found, decided, err := manifests.Collect(arg, limits)
		if err != nil {
			return nil, err
		}
		files, decisions = append(files, found...), append(decisions, decided...)
	}
	input, err := manifests.Convert(files, manifests.Options{Limits: limits})
	if err != nil {
		return nil, err
	}
	input.Decisions = append(decisions, input.Decisions...)
	if len(input.Objects) == 0 {
		return nil, nothingToImport(args[0], input.Decisions)
	}
	input.Name = manifestsName(args)
	return input, nil
}

// nothingToImport says where objects were looked for, and what was found in their place.
func nothingToImport(from string, decisions []scaffold.Decision) error {
	var lines []string
	if info, err := os.Stat(from); err == nil && info.IsDir() {
		lines = append(lines, "objects are looked for in files that end in .yaml, .yml or .json")
	}
	const most = 5
	for i, decision := range decisions {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d more", len(decisions)-most))
			break
		}
		what := decision.Origin
		if decision.Object != "" {
			what = fmt.Sprintf("%s (%s)", decision.Object, decision.Origin)
		}
		lines = append(lines, fmt.Sprintf("%s: %s: %s", what, decision.Message, decision.Reason))
	}
	if from == "-" {
		from = "stdin"
	}
	return diagnostic.Diagnostics{{
		Code: diagnostic.ImportEmpty, Severity: diagnostic.Error, Position: diagnostic.Position{File: from},
		Message: "there are no objects to make a package of", Hint: strings.Join(lines, "\n"),
	}}
}

// manifestsName proposes a name by what was named: the one file or folder. Where that
// says nothing, the objects offer one.
func manifestsName(args []string) string {
	if len(args) != 1 || args[0] == "-" {
		return ""
	}
	absolute, err := filepath.Abs(args[0])
	if err != nil {
		return ""
	}
	if info, err := os.Stat(absolute); err != nil || info.Mode().IsDir() || info.Mode().IsRegular() {
		return manifests.Name(filepath.ToSlash(absolute))
	}
	return ""
}
