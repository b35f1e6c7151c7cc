package cli

import (
	"cmp"
	"context"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/export"
	"github.com/packstage/packstage/packagetypes"
)

func (p *program) exportCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "export",
		Short: "Hand a rendered package over to Flux, Argo CD, Package Operator or kubectl",
		Long: `Hand a rendered package over to another installer: the objects in a folder for each
phase, and what that installer needs to apply the phases in order. What it cannot
express is said on the standard error.`,
	}, p.exportFoldersCommand(), p.exportFluxCommand(), p.exportArgoCDCommand(), p.exportPackageCommand())
}

// exportFlags are those of all exports that write a folder.
type exportFlags struct {
	targetFlags
	with     contextFlags
	folder   folderFlags
	artifact string
}

func (f *exportFlags) add(command *cobra.Command) {
	f.with.add(command)
	f.folder.add(command, "dir", "`FOLDER` to write (required)")
	f.targetFlags.add(command)
}

func (f *exportFlags) addArtifact(command *cobra.Command) {
	command.Flags().StringVar(&f.artifact, "artifact", "", "push the objects as an OCI image to `REFERENCE`, and name it as the source, by digest")
}

// run renders the target and writes the folder: objects below "objects", and what
// wire makes of the place where they are into a file beside it.
func (f *exportFlags) run(ctx context.Context, p *program, argument string, makeFiles func(*packagetypes.Instance) (*export.Files, error),
	wiringFile string, wire func(*packagetypes.Instance, export.ArtifactSource) ([]byte, []string, error),
) error {
	if f.folder.path == "" {
		return usagef("--dir FOLDER is missing")
	}
	if err := f.folder.check(); err != nil {
		return err
	}
	if f.artifact != "" {
		if err := checkReference(f.artifact); err != nil {
			return usagef("--artifact %q: %w", f.artifact, err)
		}
	}
	source, done, err := f.open(p, argument)
	if err != nil {
		return err
	}
	instance, err := f.with.render(ctx, p, source)
	done()
	if err != nil {
		return err
	}
	files, err := makeFiles(instance)
	if err != nil {
		return err
	}
	var artifact export.ArtifactSource
	if f.artifact != "" {
		if artifact, err = f.pushArtifact(ctx, p, files, instance); err != nil {
			return err
		}
	}
	var wiring []byte
	var remarks []string
	if wire != nil {
		if wiring, remarks, err = wire(instance, artifact); err != nil {
			return err
		}
	}
	err = f.folder.write(func(folder string) error {
		if wire == nil {
			return writeContents(folder, files.Contents)
		}
		if err := writeContents(filepath.Join(folder, "objects"), files.Contents); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, wiringFile), wiring, 0o644)
	})
	if err != nil {
		return err
	}
	for _, remark := range append(remarks, files.Remarks...) {
		p.remark("note: %s", remark)
	}
	p.remark("wrote %d objects in %d phases to %s", len(files.Contents), len(instance.Phases), f.folder.path)
	return nil
}

func (f *exportFlags) pushArtifact(ctx context.Context, p *program, files *export.Files, instance *packagetypes.Instance) (export.ArtifactSource, error) {
	image, err := export.Artifact(files, instance)
	if err != nil {
		return export.ArtifactSource{}, err
	}
	client, done, err := f.client(p)
	if err != nil {
		return export.ArtifactSource{}, err
	}
	digest, err := client.Push(ctx, image, f.artifact)
	done()
	if err != nil {
		return export.ArtifactSource{}, err
	}
	parsed, err := name.ParseReference(f.artifact)
	if err != nil {
		return export.ArtifactSource{}, err
	}
	p.remark("pushed %s@%s", parsed.Context().Name(), digest)
	return export.ArtifactSource{Repository: parsed.Context().Name(), Digest: digest.String()}, nil
}

func (p *program) exportFoldersCommand() *cobra.Command {
	var flags exportFlags
	command := &cobra.Command{
		Use:   "folders TARGET --dir FOLDER",
		Short: "Write the objects into a folder for each phase",
		Long: `Write one file for each object into a folder for each phase. The names say the
order, for "kubectl apply -f" folder by folder, and in reverse for removal.`,
		Example: `  packstage export folders ./shop --dir ./out
  for phase in ./out/*; do kubectl apply --server-side -f $phase; done`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			return flags.run(command.Context(), p, args[0], export.Folders, "", nil)
		},
	}
	flags.add(command)
	return command
}

func (p *program) exportFluxCommand() *cobra.Command {
	var (
		flags             exportFlags
		options           export.FluxOptions
		gitSource, folder string
		timeout           time.Duration
	)
	command := &cobra.Command{
		Use:   "flux TARGET --dir FOLDER (--artifact REFERENCE | --git-source NAME)",
		Short: "Write a Flux Kustomization for each phase, and its objects",
		Long: `Write FOLDER/flux.yaml with a Kustomization for each phase, which waits for the one
before and for its own objects, and the objects into FOLDER/objects. The probes of
custom resources become health check expressions (Flux 2.5 and newer).

--artifact pushes the objects to a registry and writes an OCIRepository for them, by
digest. --git-source names a GitRepository that there is, and --path the place of
FOLDER in it: commit FOLDER there.`,
		Example: `  packstage export flux ./shop --name shop --dir ./out --artifact registry.example.com/deploy/shop:v1
  packstage export flux ./shop --name shop --dir ./clusters/test/shop --git-source fleet --path clusters/test/shop`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			if (flags.artifact == "") == (gitSource == "") {
				return usagef("say where Flux finds the objects: --artifact REFERENCE or --git-source NAME")
			}
			if folder != "" && gitSource == "" {
				return usagef("--path belongs to --git-source")
			}
			if timeout <= 0 {
				return usagef("--timeout %s: it is more than nothing", timeout)
			}
			if err := cmp.Or(checkObjectName("--flux-namespace", options.Namespace), checkObjectName("--git-source", gitSource), checkRepositoryPath(folder)); err != nil {
				return err
			}
			options.Timeout = timeout
			if gitSource != "" {
				options.SourceKind, options.SourceName, options.Path = "GitRepository", gitSource, path.Join(folder, "objects")
			}
			return flags.run(command.Context(), p, args[0], export.Folders, "flux.yaml",
				func(instance *packagetypes.Instance, artifact export.ArtifactSource) ([]byte, []string, error) {
					options.Artifact = artifact
					return export.Flux(instance, options)
				})
		},
	}
	command.Flags().StringVar(&gitSource, "git-source", "", "`NAME` of the GitRepository that holds the folder")
	command.Flags().StringVar(&folder, "path", "", "`PATH` of the folder in that repository")
	command.Flags().StringVar(&options.Namespace, "flux-namespace", "flux-system", "`NAMESPACE` of the Flux objects")
	command.Flags().DurationVar(&timeout, "timeout", 10*time.Minute, "`DURATION` that a phase may take to become available")
	flags.addArtifact(command)
	flags.add(command)
	return command
}

func (p *program) exportArgoCDCommand() *cobra.Command {
	var (
		flags   exportFlags
		options export.ArgoCDOptions
		folder  string
	)
	command := &cobra.Command{
		Use:   "argocd TARGET --dir FOLDER (--artifact REFERENCE | --git-url URL)",
		Short: "Write an Argo CD Application with a sync wave for each phase, and its objects",
		Long: `Write FOLDER/application.yaml and the objects into FOLDER/objects, each with the sync
wave of its phase: Argo CD applies a wave when the one before is healthy, and removes
them in reverse when the Application is deleted.

--artifact pushes the objects to a registry, which Argo CD 3.1 and newer reads.
--git-url names a Git repository, and --path the place of FOLDER in it: commit FOLDER
there.`,
		Example: `  packstage export argocd ./shop --name shop --dir ./out --artifact registry.example.com/deploy/shop:v1
  packstage export argocd ./shop --name shop --dir ./apps/shop --git-url https://git.example.com/fleet.git --path apps/shop`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			if (flags.artifact == "") == (options.RepositoryURL == "") {
				return usagef("say where Argo CD finds the objects: --artifact REFERENCE or --git-url URL")
			}
			if folder != "" && options.RepositoryURL == "" {
				return usagef("--path belongs to --git-url")
			}
			if err := cmp.Or(checkObjectName("--argocd-namespace", options.Namespace), checkObjectName("--project", options.Project), checkRepositoryPath(folder)); err != nil {
				return err
			}
			if options.RepositoryURL != "" {
				options.Path = path.Join(folder, "objects")
			}
			return flags.run(command.Context(), p, args[0], export.Waves, "application.yaml",
				func(instance *packagetypes.Instance, artifact export.ArtifactSource) ([]byte, []string, error) {
					options.Artifact = artifact
					return export.ArgoCD(instance, options)
				})
		},
	}
	command.Flags().StringVar(&options.RepositoryURL, "git-url", "", "`URL` of the Git repository that holds the folder")
	command.Flags().StringVar(&options.Revision, "git-revision", "HEAD", "branch, tag or commit `REVISION` of that repository")
	command.Flags().StringVar(&folder, "path", "", "`PATH` of the folder in that repository")
	command.Flags().StringVar(&options.Namespace, "argocd-namespace", "argocd", "`NAMESPACE` of the Application")
	command.Flags().StringVar(&options.Project, "project", "default", "`PROJECT` of the Application")
	command.Flags().StringVar(&options.Server, "server", "https://kubernetes.default.svc", "`URL` of the cluster that it installs to")
	flags.addArtifact(command)
	flags.add(command)
	return command
}
