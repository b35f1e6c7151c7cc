package cli

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

func (p *program) pullCommand() *cobra.Command {
	var (
		flags  registryFlags
		policy policyFlags
		folder folderFlags
		asJSON bool
	)
	as := choice{allowed: []string{"folder", "tar", "layout"}}
	command := &cobra.Command{
		Use:   "pull REFERENCE",
		Short: "Pull a package from a registry",
		Long: `Pull a package and print the digest of its image. The tag is resolved once; all
bytes are compared with their digests before anything is written.

The files go to a folder, which is named after the repository without --output.
--output FILE.tar and an --output that is an OCI image layout keep the image, with
its digest; --as says it where the name does not. A folder that is not empty, and a
tar that is there, are replaced with --force only; a layout is extended.`,
		Example: `  packstage pull registry.example.com/shop:v1
  packstage pull registry.example.com/shop@sha256:4f53… --output ./shop-files
  packstage pull registry.example.com/shop:v1 --output shop.tar
  packstage pull registry.example.com/shop:v1 --output ./images --as layout`,
		Args:              arguments(1, 1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, args []string) error {
			ctx, reference := command.Context(), args[0]
			if err := checkReferences("", args); err != nil {
				return err
			}
			if folder.path == "" {
				folder.path = defaultFolder(reference)
			}
			form, err := pullForm(as.value, folder.path)
			if err != nil {
				return err
			}
			switch form {
			case "folder":
				err = folder.check()
			case "tar":
				err = refuseFile(folder.path, folder.force)
			}
			if err != nil {
				return err
			}
			client, done, err := flags.client(p)
			if err != nil {
				return err
			}
			defer done()
			source, err := policy.verified(p, packageloader.FromClient(client, reference))
			if err != nil {
				return err
			}
			image, closer, err := packageloader.OpenImage(ctx, source, packagetypes.Limits{})
			if err != nil {
				return err
			}
			defer closer.Close()
			digest, err := image.Digest()
			if err != nil {
				return err
			}
			if form == "folder" {
				err = p.unpack(ctx, image, &folder)
			} else {
				err = writeImage(ctx, image, folder.path, tagged(reference))
			}
			if err != nil {
				return err
			}
			done()
			p.remark("pulled %s to %s", reference, folder.path)
			return p.printImage(imageResult{
				SchemaVersion: schemaVersion, Digest: digest.String(), References: []string{reference}, Output: folder.path,
			}, asJSON)
		},
	}
	command.Flags().StringVarP(&folder.path, "output", "o", "", "`FOLDER`, FILE.tar or LAYOUT to write (default: the last part of the repository's name)")
	choiceFlag(command, &as, "as", "", "form of the output (default: tar for .tar, layout where there is one, else folder)")
	command.Flags().BoolVar(&folder.force, "force", false, "replace a tar that is there, or a folder that is not empty with all that is in it")
	addJSON(command, &asJSON)
	policy.add(command)
	flags.add(command)
	return command
}

// pullForm decides what is written, by --as or by the name of the output.
func pullForm(asked, output string) (string, error) {
	if err := checkImageOutput(output); err != nil {
		return "", err
	}
	switch {
	case asked == "tar" && !isTar(output):
		return "", usagef("--as tar needs an --output that ends in .tar")
	case asked == "layout" && isTar(output):
		return "", usagef("--as layout needs an --output that does not end in .tar")
	case asked != "":
		return asked, nil
	case isTar(output):
		return "tar", nil
	case isLayout(output):
		return "layout", nil
	default:
		return "folder", nil
	}
}

// tagged returns the reference where it has a tag to name an image with.
func tagged(reference string) []string {
	if _, err := name.NewDigest(reference); err == nil {
		return nil
	}
	return []string{reference}
}

// defaultFolder is the last part of the repository's name.
func defaultFolder(reference string) string {
	repository, _, _ := strings.Cut(reference, "@")
	base := path.Base(repository)
	base, _, _ = strings.Cut(base, ":")
	return base
}

// unpack verifies the image and writes the files of the package.
func (p *program) unpack(ctx context.Context, image v1.Image, folder *folderFlags) error {
	source := p.record(packageloader.FromImage(image))
	pkg, err := packageloader.Load(ctx, source, packageloader.LoadOptions{})
	if err != nil {
		return err
	}
	if err := p.printFindings(pkg.Warnings); err != nil {
		return err
	}
	files := p.opened.files()
	return folder.write(func(path string) error { return writeFiles(ctx, path, files) })
}

func writeFiles(ctx context.Context, folder string, files *packagetypes.Files) error {
	// A root keeps every path inside the folder, whatever the system makes of it.
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range files.Paths() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := root.MkdirAll(filepath.FromSlash(path.Dir(name)), 0o755); err != nil {
			return err
		}
		content, _ := files.Read(name)
		if err := writeNew(root, filepath.FromSlash(name), content); err != nil {
			return err
		}
	}
	return nil
}

// writeNew refuses a file that is there: on systems that do not tell case apart
// two names may be one.
func writeNew(root *os.Root, name string, content []byte) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fs.FileMode(0o644))
	if err != nil {
		return err
	}
	if _, err := file.Write(content); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
