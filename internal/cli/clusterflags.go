package cli

import (
	"context"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/installer/dynamiccluster/kubeconfig"
	"github.com/packstage/packstage/installer/probe"
)

// clusterFlags say which cluster is meant.
type clusterFlags struct {
	kubeconfig, context string
	classes             []string
}

func (f *clusterFlags) add(command *cobra.Command) {
	inSection(command, clusterSection, func() {
		flags := command.Flags()
		flags.StringVar(&f.kubeconfig, "kubeconfig", "", "kubeconfig `FILE` (default: those of $KUBECONFIG, else .kube/config in the home folder, else the pod's service account)")
		flags.StringVar(&f.context, "kube-context", "", "`CONTEXT` of the kubeconfig (default: its current one)")
		flags.StringArrayVar(&f.classes, "class", nil, "cluster for the phases of a class, as `NAME=KUBECONFIG[:CONTEXT]`; without a file, as in hosted=:hosted, a context of the same kubeconfig; repeat it for more")
		_ = command.MarkFlagFilename("kubeconfig")
		_ = command.RegisterFlagCompletionFunc("kube-context", cobra.NoFileCompletions)
	})
}

// connection is a cluster that can be asked; nothing was asked yet.
type connection struct {
	cluster cluster.Cluster
	// classes are the clusters of --class.
	classes map[string]cluster.Cluster
	// probe steers how availability is judged.
	probe probe.Options
	// namespace is that of the context, and server the address of the API server.
	namespace, server string
}

// connect reads the kubeconfig.
func (f *clusterFlags) connect(p *program) (*connection, error) {
	for _, text := range f.classes { // before a cluster is looked for
		if _, _, _, err := parseClass(text); err != nil {
			return nil, err
		}
	}
	main, err := openCluster(p, f.kubeconfig, f.context)
	if err != nil {
		return nil, err
	}
	for _, text := range f.classes {
		class, file, kubeContext, err := parseClass(text)
		if err != nil {
			return nil, err
		}
		if main.classes[class] != nil {
			return nil, usagef("--class %s is there twice", class)
		}
		if file == "" {
			file = f.kubeconfig
		}
		other, err := openCluster(p, file, kubeContext)
		if err != nil {
			return nil, err
		}
		if main.classes == nil {
			main.classes = map[string]cluster.Cluster{}
		}
		main.classes[class] = other.cluster
	}
	return main, nil
}

func openCluster(p *program, file, kubeContext string) (*connection, error) {
	config, namespace, err := kubeconfig.Load(file, kubeContext, p.env)
	if err != nil {
		return nil, err
	}
	config.UserAgent = "packstage/" + p.programVersion().Version
	config.Wrap(func(inner http.RoundTripper) http.RoundTripper { return &serverWarnings{p: p, inner: inner} })
	client, err := dynamiccluster.New(config)
	if err != nil {
		return nil, err
	}
	return &connection{cluster: client, namespace: namespace, server: config.Host}, nil
}

// parseClass reads NAME=KUBECONFIG[:CONTEXT]. A file that exists with its colon, as
// on Windows, has no context.
func parseClass(text string) (class, file, kubeContext string, err error) {
	class, file, ok := strings.Cut(text, "=")
	if !ok || class == "" || file == "" {
		return "", "", "", usagef("--class %q: write NAME=KUBECONFIG, NAME=KUBECONFIG:CONTEXT or NAME=:CONTEXT", text)
	}
	if _, err := os.Stat(file); err == nil {
		return class, file, "", nil
	}
	if at := strings.LastIndexByte(file, ':'); at >= 0 {
		return class, file[:at], file[at+1:], nil
	}
	return class, file, "", nil
}

// reach asks for the version of the server: whoever cannot be reached is not asked
// again and again.
func (c *connection) reach(ctx context.Context) error {
	_, err := c.cluster.ServerVersion(ctx)
	return c.failed(err)
}
