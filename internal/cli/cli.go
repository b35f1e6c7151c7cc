package cli

import (
	"context"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/packageloader"
)

// Exit codes of the program.
const (
	// ExitOK: the work is done. There may be warnings.
	ExitOK = 0
	// ExitFindings: the package, the image, the configuration or the release is at fault.
	ExitFindings = 1
	// ExitUsage: the command line is wrong.
	ExitUsage = 2
	// ExitOutside: the world outside is at fault: network, registry, API server,
	// file system, or an interruption.
	ExitOutside = 3
)

// Invocation is one call of the program, with everything that it may touch of
// its process besides the working directory.
type Invocation struct {
	// Args are the arguments without the program's name.
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Env is the environment in the form of os.Environ.
	Env []string
	// Version of the program; empty is that of the build information.
	Version string
	// CompletionPatience is how long the shell that completes a command line waits for a
	// cluster; zero is two seconds.
	CompletionPatience time.Duration
}

// Run runs the program and returns its exit code. It keeps nothing between
// calls; calls may run at the same time. It ends promptly when ctx does.
func Run(ctx context.Context, invocation Invocation) int {
	p := newProgram(invocation)
	root := p.rootCommand()
	args := invocation.Args
	if args == nil {
		args = []string{} // nil makes cobra read the arguments of the process
	}
	if group, err := helpOfUnknown(root, args); err != nil {
		return p.finish(ctx, group, err)
	}
	if len(args) == 1 && args[0] == "--version" {
		args = []string{"version"} // what people try first
	}
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	return p.finish(ctx, command, err)
}

// program is one run.
type program struct {
	Invocation
	color choice
	quiet bool
	// opened is the source of the package that the run is about, for snippets.
	opened *recordingSource
	// author is the folder of that package with its hidden files, for the same; or nil.
	author fs.FS
	// reporter shows what an operation does, while there is one. Asides come from
	// several goroutines.
	reporter  reporter
	reporting sync.Mutex
}

func newProgram(invocation Invocation) *program {
	return &program{Invocation: invocation, color: oneOf("auto", "always", "never")}
}

// env returns a variable of the environment, or "".
func (p *program) env(name string) string {
	for i := len(p.Env) - 1; i >= 0; i-- {
		if key, value, ok := strings.Cut(p.Env[i], "="); ok && key == name {
			return value
		}
	}
	return ""
}

func (p *program) rootCommand() *cobra.Command {
	root := group(&cobra.Command{
		Use:   "packstage",
		Short: "Kubernetes packages that are OCI images: check, build, move, render, install",
		Long: `packstage works on packages: folders of Kubernetes objects and templates with a
manifest, which become immutable OCI images, render into ordered phases and are
installed in clusters in that order.

TARGET is a folder, an image tar, an OCI image layout (LAYOUT:TAG or
LAYOUT@DIGEST chooses one of several images) or a registry reference with its
host (registry.example.com/shop:v1). What exists in the file system wins; what
begins with ./, ../ or / is always a path.

Results go to the standard output, everything else to the standard error.
Exit codes: 0 fine, 1 findings in the package, the configuration or the release,
2 wrong usage, 3 network, registry, API server, file system or interruption.`,
		Example: `  packstage init shop
  packstage test ./shop
  packstage build ./shop -t registry.example.com/shop:v1 --push
  packstage render registry.example.com/shop:v1 --set replicas=3 | kubectl apply -f -
  packstage apply registry.example.com/shop:v1 --name shop`,
	},
		p.testCommand(),
		p.lintCommand(),
		p.validateCommand(), p.renderCommand(), p.treeCommand(), p.inspectCommand(),
		p.exportCommand(),
		p.lockCommand(), p.buildCommand(), p.pushCommand(), p.pullCommand(), p.copyCommand(), p.signCommand(), p.verifyCommand(), p.attachCommand(), p.referrersCommand(), p.loginCommand(), p.logoutCommand(), p.cacheCommand(), p.registryCommand(),
		p.versionsCommand(), p.repoCommand(),
		p.planCommand(), p.applyCommand(), p.waitCommand(), p.statusCommand(), p.historyCommand(), p.rollbackCommand(),
		p.driftCommand(), p.deleteCommand(), p.listCommand(), p.getCommand(), p.pauseCommand(), p.resumeCommand(),
		p.docsCommand(), p.graphCommand(), p.schemaCommand(),
		p.initCommand(), p.importCommand(),
		p.diffCommand(),
		p.versionCommand(), p.completionCommand(),
	)
	groupCommands(root)
	addJSONAliases(root)
	root.SetHelpCommand(helpCommand())
	root.CompletionOptions.DisableDefaultCmd = true
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(p.printUsage)
	flags := root.PersistentFlags()
	flags.Var(&p.color, "color", "colour findings: auto, always or never; auto is on terminals without NO_COLOR")
	flags.BoolVarP(&p.quiet, "quiet", "q", false, "print results and errors only")
	completeValues(root, "color", p.color.allowed)
	return root
}

// record makes the source the one that snippets are shown from.
func (p *program) record(source packageloader.Source) packageloader.Source {
	p.opened = &recordingSource{Source: source}
	return p.opened
}
